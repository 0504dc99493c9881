"""Private names of the classes that exercises may use: `x._name` leads inside of them.

Written by `python -m scripts.private_names`.
"""

_NAMES = """
    _A _AUGMENTATION_SPACE _AllowedKeys _AnnotationBase _AxesBase__clear _AxesStack _Base _C _Curve
    _DataLoader__initialized _DatasetKind _Edge_integer _INVALID_AFFINE_ONLY _INVALID_FULL
    _InfiniteConstantSampler _IterDataPipeSerializationWrapper _IterableDataset_len_called
    _MapDataPipeSerializationWrapper _MutableMapping__marker _NoValue _PARAMETER_MAX
    _PARTIAL_AUGMENTATION_SPACE _PROPERTIES_EXCLUDED_FROM_SET _Reduction _VALID _abc_impl
    _accelerator_graph_capture_health_check _add _add_axes_internal _add_grad _add_text
    _addmm_activation _adjust _adjust_compatible _adjustable _agg_filter _alias_to_prop
    _align_label_groups _alignment _all _all_classes _all_weights _allowed_methods _alpha _anchor
    _angle _animated _anneal_func _anneal_func_type _annealing_cos _annealing_linear
    _annotation_clip _antialiased _api _apply _apply_image_or_video_transform _apply_instance_norm
    _arrow_relpos _artist _aspect _aspect_ratio_correction _augmentation_space _auto_collation
    _auto_legend_data _autocast_to_full_precision _autocast_to_reduced_precision _axes _axes_locator
    _axis_map _axis_names _axobservers _axstack _backoff_factor _backward_cls _backward_hooks _base
    _base_str _baseline _baseline_transform _bbox _bcast_lwls _bit_generator _blit_backgrounds
    _boxin _boxout _button _button_pick_id _cache_enabled _cached_cparts _cached_vertices
    _calculate_column_widths _call _call_as_normal _call_impl _call_kernel _callbacks _caller
    _canvas_callbacks _capstyle _caret_path _caret_path_base _cdata _ceil_div _center _changed
    _char_index_at _charsize_cache _check_balance _check_exclusionary_keywords _check_exists
    _check_gridspec_exists _check_image_or_video _check_inf_per_device _check_input _check_input_dim
    _check_layout_engines_compat _check_legacy_exist _check_no_units _check_non_zero_input_channels
    _check_padding_arg _check_padding_mode_arg _check_scale_growth_tracker _check_sequence_input
    _check_still_parented _check_xy _children _class_getitem_inner
    _clear_non_serializable_cached_data _clip _clip_children _clipon _clippath _clone_param _closed
    _cm_set _coalesced_ _codes _collapse_widths _color _colorbar_gridspec _colorbars _colorizer
    _compiled_autograd_backward_state _compiled_autograd_key _compiled_call_impl _compress
    _compute_batch_chunk_size _compute_offset _conj _conj_physical _connect_picklable _conv_forward
    _convert_dx _convert_mesh_to_paths _convert_mesh_to_triangles _convert_units _convert_xy_units
    _coordinates _cparts _create_cb_wrapper _create_closed _create_exit_wrapper
    _cuda_graph_capture_health_check _custom_handler_map _dash_pattern _dashcapstyle _dashjoinstyle
    _dataset_kind _default_handler_map _default_minpos _denominator _device _device_pixel_ratio
    _different_canvas _dimI _dimV _directional_evaluate _disconnectors _dist _div _divide _divmod
    _doc _dpi _dpi_cor _draggable _drawStyles_l _drawStyles_s _draw_paths_with_artist_properties
    _drawstyle _drv _dtensor__new__ _dx _dy _edge _edge_default _edge_is_mapped _edges _enabled
    _ensure_inited _entered _errorevery_to_mask _exceptions _execution_engine _exit_callbacks
    _exp_range_scale_fn _expand _extra_width _extract_params_for_v1_transform _f_dir_from_t
    _f_direction _face_is_mapped _facecolor _factor _fast_from_codes_and_verts _features _ff_block
    _file_prefix _fill _fill_between_process_units _fill_between_x_or_y _fill_padding_idx_with_zero
    _filter _find_best_position _findoffset _finfo_cache _fix_ipython_backend2gui _fix_pts_xy_order
    _fix_weakref _flat_weight_refs _flat_weights_names _flatten_and_extract_image_or_video _flavour
    _floordiv _fontsize _format _format_cursor_data_override _format_maybe_minus_and_locale
    _format_param _format_parsed_parts _format_transform_repr _format_value
    _forward_navigation_events _found_inf_per_device _frameon _from_any _from_iterable
    _from_parsed_parts _from_parts _from_subplot_args _fully_clipped_to_axes _gamma _gapcolor
    _gather_flat_grad _gc _gci _gen_axes_patch _gen_axes_spines _generate_next_value_
    _generate_value _geometry _get_abs_string_index _get_activation_fn _get_all_device_indices
    _get_anchored_bbox _get_aspect_ratio _get_available_device_type _get_backward_hooks
    _get_backward_pre_hooks _get_bbox_and_child_offsets _get_blit_background_id _get_cells
    _get_clones _get_closed_form_lr _get_colorizer _get_compiled_autograd_symints _get_data_children
    _get_data_mask _get_default_antialiased _get_default_edgecolor _get_default_facecolor
    _get_default_linewidth _get_device_index _get_diff_root _get_dist_to_box _get_dpi
    _get_draw_artists _get_font _get_full_log_prob _get_glyph_repr _get_growth_tracker
    _get_hinting_flag _get_in_autoscale _get_in_channels _get_interpolating_points
    _get_inverse_paths_linestyles _get_item_by_idx _get_iterator _get_layout _get_loc
    _get_lr_called_within_step _get_markerfacecolor _get_multialignment _get_name _get_no_batch_dim
    _get_num_spatial_dims _get_padding_width _get_pan_points _get_path_in_displaycoord _get_policies
    _get_position_xy _get_privateuse1_backend_name _get_random_item _get_rendered_text_width
    _get_renderer _get_rgba_and_mask _get_scalar_dtype _get_scale_async
    _get_subplotspec_with_optional_colorbar _get_transformed_path _get_ufunc_and_otypes
    _get_unmasked_polys _get_view _get_wrap_line_width _get_wrapped_text _get_xy _get_xy_display
    _get_xy_transform _gid _grad _grad_fn _gridspec _group_tensors_by_device_and_dtype
    _growth_factor _growth_interval _growth_tracker _ha_for_angle _half_fill _half_fillstyles
    _handle_no_batch_input _has_dashed_edge _has_symbolic_sizes_strides _hash _hatch_linewidth
    _head_length _head_starts_at_zero _head_width _height _hspace _i_bad _i_over _i_under
    _id_colorizer _idle_draw_cntx _ignore _in_and_out_core_dims _in_autoscale _in_layout _index
    _index_sampler _indices _infer_parameters _init _init_axis _init_flat_weights _init_group
    _init_growth_tracker _init_is_better _init_legend_box _init_scale _init_scale_fn _init_stage_2
    _initial_step _initialize_hook _input_metadata _internal_update _interpolate
    _interpolation_modes_from_int _interpolation_steps _invalid _invalidate_internal _invalidx
    _invalidy _inverted _is_all_true _is_any_true _is_better _is_finite _is_horizontal
    _is_idle_drawing _is_initial _is_latex _is_protocol _is_pure_view _is_runtime_protocol
    _is_saving _is_view _is_zerotensor _isinit _iter _iter_break_from_left_to_right
    _iter_connected_components _iterator _jit_internal _joinstyle _keep_positive _key _key_handler
    _label _label_outer_xaxis _label_outer_yaxis _labelled _labels_getter _last_blit_background_id
    _last_lr _layout_engine _lazy_clone _lazy_init_scale_growth_tracker _lazy_load_hook _legend_box
    _legend_title_box _length _length_includes_head _lineStyles _line_marker_path _linelength
    _lineoffset _linestyles _linewidth _linewidths _linthresh _load_data _load_from_state_dict
    _load_hook _load_legacy_data _loc _localaxes _lock _locs _log_api_usage_once _log_b _log_ratio
    _make_child _make_child_relpath _make_subclass _make_twin_axes _make_verts
    _make_verts_for_region _make_wrapper_subclass _mapped_colors _mapping _marker _marker_function
    _markeredgecolor _markeredgewidth _markerfacecolor _markerfacecoloralt _markersize _markevery
    _materialize_non_diff_grads _max_vals _maybe_opt_step _maybe_warn_non_full_backward_hook
    _measure_column _member_map_ _member_names_ _member_type_ _merged_classes _mha_block _milestones
    _min_vals _minor _minor_number _minor_threshold _minpos _missing_ _mixup_label _mod _mode
    _module _module_source _mouse_handler _mouse_key_ids _mouseover _mtx _mu _mul _multilinebaseline
    _mutation_aspect _mutation_scale _n_regions _named_members _ncols
    _need_device_dtype_check_for_fused _needs_transform_list _neg_view _nested_tensor_size
    _nested_tensor_storage_offsets _nested_tensor_strides _new_member_ _nnz _no_init_or_replace_init
    _non_decade_format _norm_per_subplot_kw _normalize _normalize_grid_string _nrows _ntuple
    _num_samples _num_to_string _numel _numel_cache _numerator _numsides _offset _offset_threshold
    _offset_transform _offsets _one_half _one_minus _operator_fallbacks
    _optimizer_load_state_dict_post_hooks _optimizer_load_state_dict_pre_hooks
    _optimizer_state_dict_post_hooks _optimizer_state_dict_pre_hooks _optimizer_step_code
    _optimizer_step_post_hooks _optimizer_step_pre_hooks _orderOfMagnitude _originalPosition
    _original_dpi _output_padding _over _overhang _ox _oy _padding _pair _param_groups_val_list
    _params _parent _parent_figure _parents _parse_args _parse_bar_color_args _parse_figsize
    _parse_gufunc_signature _parse_labels_getter _parse_pad_padding _parse_scatter_color_args _parts
    _patch_step_function _patch_transform _path _path_effects _path_generator _path_original _paths
    _pcolorargs _per_optimizer_states _philox_normal_ _philox_uniform_ _picker _pickradius
    _pil_to_tensor _plus_filled_path _plus_filled_path_t _plus_path _point_in_data_domain _points
    _points_orig _poisson_lam_max _policies _posA_posB _position _post_accumulate_grad_hooks
    _powerlimits _pparts _pprint_val _prepare_points _prepare_view_from_bbox _preprocess_math
    _process _process_projection_requirements _process_radius _process_unit_info
    _process_value_according_to_param_policy _push_cm_exit _push_exit_callback _python_dispatch
    _qkv_same_embed_dim _quadruple _quiver_units _randbelow _randbelow_with_getrandbits
    _randbelow_without_getrandbits _rasterization_zorder _rasterized _raw_saved_tensors _raw_ticks
    _readonly _recache _recompute_path _recompute_transform _record _recreate_cm
    _redo_transform_rel_fig _reduce_ex_internal _reduce_lr _ref_coord _refresh_per_optimizer_state
    _register_hook _register_hook_dict _register_load_state_dict_pre_hook _register_state_dict_hook
    _release_blit_background_id _remove_axes _remove_legend _remove_method _remove_suplabel _render
    _render_lock _replicate_for_data_parallel _repr_html_ _repr_indent _repr_mimebundle_ _repr_png_
    _request_autoscale_view _require_tuple_int _reset _reset_parameters _reset_visual_defaults
    _resolve_auto_acc_dtype _rev_view_func_unsafe _revalidate _revalidate_path _reverse_repeat_tuple
    _reversed_padding_repeated_twice _reverser _rgba_bad _rgba_over _rgba_under _rho _richcmp _root
    _root_figure _rotation _sa_block _sample_dirichlet _sanitize_extrema _save_to_state_dict _scale
    _scale_fn_custom _scale_norm _scandir _scatteryoffsets _schedule_phases _schedulers _sci
    _scientific _scroll_pick_id _segmentdata _sequence_nr _set_alpha_for_array _set_artist_props
    _set_base_canvas _set_caretdown _set_caretdownbase _set_caretleft _set_caretleftbase
    _set_caretright _set_caretrightbase _set_caretup _set_caretupbase _set_circle
    _set_colorizer_check_keywords _set_custom_marker _set_device_pixel_ratio _set_diamond _set_dpi
    _set_edgecolor _set_extremes _set_facecolor _set_fillstyle _set_format _set_gapcolor
    _set_gc_clip _set_grad_enabled _set_hatchcolor _set_hexagon1 _set_hexagon2 _set_hline
    _set_in_autoscale _set_lim_and_transforms _set_loc _set_locator _set_mappable_flags _set_marker
    _set_markercolor _set_mathtext_path _set_nothing _set_octagon _set_order_of_magnitude _set_param
    _set_path_marker _set_pentagon _set_pixel _set_plus _set_plus_filled _set_point _set_position
    _set_sequence_nr _set_square _set_star _set_subs _set_thin_diamond _set_tickdown _set_tickleft
    _set_tickright _set_tickup _set_title_offset_trans _set_transforms _set_tri_down _set_tri_left
    _set_tri_right _set_tri_up _set_triangle _set_triangle_down _set_triangle_left
    _set_triangle_right _set_triangle_up _set_tuple_marker _set_unmasked_verts _set_vertices
    _set_view _set_view_from_bbox _set_vline _set_x _set_x_filled _setup_angle _setup_fill_arg
    _setup_number_or_seq _setup_size _shading _shadow_color _shadow_props _shadow_rgbFace
    _shadow_transform _shape _shared_axes _sharex _sharey _shorthand_name _should_simplify
    _sig_digits_from_norm _sigma _single _size _sketch _slope _slow_forward _snap _solidcapstyle
    _solidjoinstyle _spacing _sparse_mask_projection _staircase _stale _stale_viewlims _step
    _step_supports_amp_scaling _sticky_edges _str _str_equal _str_lower_equal _stretched_height
    _stretched_width _style_list _sub _subclass_uses_cla _sublabels _subplot_spec _subplotspec _subs
    _subslice _subslice_optim_min_size _suplabels _suptitle _supxlabel _supylabel
    _switch_canvas_and_return_print_method _symbol _task_index _tasks _tensor_to_pil _test_file
    _texmanager _text _textcoords _texts _theta1 _theta2 _theta_stretch _tickhoriz_path
    _tickvert_path _timer_cls _to_dense _to_scalar _to_sparse _to_sparse_bsc _to_sparse_bsr
    _to_sparse_csc _to_sparse_csr _to_unmasked_float_array _token _training_file _transform
    _transformSet _transform_path _transform_verts _transformed_path _transformed_points
    _transformed_types _transforms _trf _tri_path _triangle_path _triangle_path_d _triangle_path_l
    _triangle_path_r _triangle_path_u _triangular2_scale_fn _triangular_scale_fn _triangulation
    _triple _twinned_axes _type_check _typed_storage _ufunc _under
    _unflatten_and_insert_image_or_video _unhashable_values_ _unit_change_handler _unit_circle
    _unit_circle_righthalf _unit_rectangle _unit_regular_polygons _unit_regular_stars _units
    _unscale_grads_ _unscaled_dash_pattern _unstale_viewLim _update _update_bbox_to_anchor
    _update_clip_properties _update_collection_limits _update_flat_weights _update_gc
    _update_image_limits _update_line_limits _update_loc _update_lr _update_lut_extremes
    _update_param_group_val _update_patch_limits _update_path _update_pcolor_lims _update_props
    _update_set_signature_and_docstring _update_title_position _update_transScale _update_transform
    _update_twinned_axes_patch_visibility _update_values _url _us_linestyles _us_lw _use_args_
    _use_blit _use_count _use_overline _user_capstyle _user_joinstyle _user_transform _utils
    _v1_transform_cls _va_for_angle _val_or_rc _validate_converted_limits _validate_shapes
    _validate_steps _value2member_map_ _value_repr_ _values _vcenter _vectorize_call
    _vectorize_call_with_signature _version _vertices _view_func _view_func_unsafe _visible _vmax
    _vmin _warned_capturable_if_run_uncaptured _weights_have_changed _width _wrapped_call_impl
    _wspace _x _x0 _x_filled _x_filled_path _x_filled_path_t _x_path _xorig _xy _xy1 _xy2 _y _y0
    _yorig
"""
PRIVATE_NAMES = frozenset(_NAMES.split())
