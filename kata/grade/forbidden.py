"""Words that no exercise needs, wherever they stand: attributes, dunders, templates and paths."""

import re
import string
from dataclasses import dataclass


@dataclass(frozen=True)
class Breach:
    """A rule that is broken: its id, and what is there and what to write instead."""

    rule: str
    message: str


DAYS_WITH_FILES = frozenset({14})  # record_accuracy writes one

# What a class of one's own may define, and may be asked for by name.
_OPERATORS = """
    abs add and bool call ceil contains delitem divmod enter eq exit float floor floordiv ge getitem
    getitems gt hash iadd iand ifloordiv imatmul imod imul index init int invert ior ipow isub iter
    itruediv ixor le len length_hint lt matmul missing mod mul ne neg new next or pos post_init pow
    radd rand rdivmod repr reversed rfloordiv rmatmul rmod rmul ror round rpow rsub rtruediv rxor
    setitem str sub truediv trunc xor format
"""
OPERATORS = frozenset(f"__{name}__" for name in _OPERATORS.split())
IN_A_CLASS = OPERATORS | {"__constants__", "__doc__", "__hash__", "__slots__", "__test__"}
IN_A_MODULE = frozenset(
    {
        *("__all__", "__author__", "__copyright__", "__credits__", "__date__", "__email__"),
        *("__license__", "__maintainer__", "__status__", "__version__"),
    }
)
READABLE = OPERATORS | {"__name__", "__qualname__", "__doc__", "__version__"}
NAMES = IN_A_MODULE | {"__name__", "__file__", "__doc__", "__debug__"}
_HARMLESS_TEXTS = READABLE | NAMES | {"__main__", "__slots__"}

_ATTRIBUTES = """
    gi_frame gi_code gi_running gi_suspended gi_yieldfrom cr_frame cr_code cr_await cr_origin
    cr_running ag_frame ag_code ag_await ag_running f_back f_builtins f_code f_globals f_lasti
    f_lineno f_locals f_trace f_generator tb_frame tb_next tb_lasti tb_lineno co_code co_consts
    co_filename co_names co_varnames co_freevars co_cellvars co_positions co_lines func_code
    func_globals func_closure func_defaults mro obj

    os sys subprocess builtins importlib shutil socket ctypes cffi capsule pathmod parser inspect
    linecache pickle marshal serialization testing system popen exec execfile spawn fork
    multiprocessing_context multiprocessing

    storage untyped_storage typed_storage data_ptr const_data_ptr share_memory share_memory_
    as_subclass set_ map_ map2_ tofile dump from_file module_load

    compile symlink_to hardlink_to link_to chmod lchmod expanduser home readlink glob
    rglob iterdir fileno

    _as_mpl_axes _projection_init _reader _set_formatter _set_locator _tick_class _writer
    _worker_result_queue get_default_handler_map get_legend_handler_map manager_class
    cast readinto readinto1 fget fset fdel properties default_handler_map all_weights
    get_buffer get_parameter get_submodule set_submodule get_subplot_params to_sparse_coo
    to_sparse to_sparse_csr to_sparse_csc to_sparse_bsr to_sparse_bsc sparse_resize_ sparse_mask
    sparse_resize_and_clear_

    get_styles set_default_handler_map storage_type update_default_handler_map

    attrname pie_label print_eps print_figure print_gif print_jpeg print_jpg print_pdf print_pgf
    print_png print_ps print_raw print_rgba print_svg print_svgz print_tif print_tiff print_webp

    cls_to_become extra_dict_ref hooks_dict_ref console live register set_usetex text_format

    addFilter addHandler callHandlers handlers hasHandlers loggerClass loggerDict logRecordFactory
    removeHandler setLoggerClass setLogRecordFactory makeRecord makeLogRecord LoggerAdapter

    variable ArtistList get_texmanager make_dvi

    _cdata _data_ptr _dtensor__new__ _fix_weakref _free_weak_ref _from_buffer _make_subclass
    _make_wrapper_subclass _new_shared _new_shared_cuda _new_shared_fd_cpu _new_shared_filename_cpu
    _new_using_fd_cpu _new_using_filename_cpu _new_with_file _new_with_weak_ptr _new_wrapped_storage
    _release_ipc_counter _resize_with_addr_ _set_cdata _set_from_file _share_cuda_ _share_fd_cpu_
    _share_filename_cpu_ _share_memory_ _shared_decref _shared_incref _swap_data_ptr_
    _typed_storage _untyped_storage _weak_ref _write_file

    _flavour _module _C _os _sys _pickle _getframe
"""
ATTRIBUTES = frozenset(_ATTRIBUTES.split())
# Of these, who writes a class may have their own, as attributes of `self`.
HARMLESS_OF_ONES_OWN = frozenset(
    {
        *("cast", "console", "dump", "handlers", "home", "inspect", "live", "obj", "parser"),
        *("properties", "register", "storage", "testing", "variable"),
    }
)
_FILE_ATTRIBUTES = frozenset(
    {"open", "read_bytes", "read_text", "rename", "touch", "unlink", "write_bytes", "write_text"}
)
# What they are given is judged, so they are called where they stand.
TEMPLATE_SETTERS = frozenset({"set_major_formatter", "set_minor_formatter"})
CALLED_ONLY = TEMPLATE_SETTERS | {"resize", "savefig"}
_PRIVATE = frozenset(
    {"_asdict", "_buffers", "_fields", "_make", "_modules", "_parameters", "_replace"}
)

# What memory is read as, and where a layer looks its parts up. One's own objects may have them.
NOT_TO_BE_SET = frozenset({"_buffers", "_modules", "_parameters", "dtype", "strides"})

# Methods of layers, losses and optimizers. Who sets one of these may replace it for the tests too.
_METHODS = """
    add_module add_param_group append apply bfloat16 buffers children clear compile copy cpu cuda
    double eval extend extra_repr float forward fromkeys from_pretrained gather get get_buffer
    get_extra_state get_last_lr get_lr get_parameter get_submodule half insert items keys
    load_state_dict log_prob modules named_buffers named_children named_modules named_parameters
    parameters pop popitem predict requires_grad_ reset_parameters reset_running_stats scatter
    set_extra_state set_submodule setdefault state_dict step to to_empty train type update values
    zero_grad getLogger handle isEnabledFor
    all allclose any backward clone detach dim equal is_floating_point isclose isfinite isnan item
    numel numpy register_hook retain_grad size tolist
    T_destination call_super_init dump_patches _apply _call_impl _compiled_call_impl
    _conv_forward _slow_forward _wrapped_call_impl _init_group _named_members _get_name
    _load_from_state_dict _save_to_state_dict _optimizer_step_code _patch_step_function
"""
METHODS = frozenset(_METHODS.split())

KEYWORDS = frozenset(
    {
        *("FigureClass", "allow_pickle", "closefd", "console", "default_handler_map", "extra"),
        *("log_locals", "opener", "sparse", "sparse_grad"),
        *("memo", "pickle_module", "refcheck", "usetex", "wedge_labels", "weights_only"),
    }
)
LATEX = frozenset({"text.usetex", "usetex"})  # may be switched off
_TEXTS = LATEX | {
    *(
        "FigureClass",
        "allow_pickle",
        "default_handler_map",
        "figure.hooks",
        "major_formatter",
        "minor_formatter",
    ),
    *("opener", "refcheck", "weights_only"),
}
_SYSTEM_PATH = re.compile(r"(?<![\w./])/+(?:proc|dev|sys)(?:/|$)|\.\./+proc/")
_DUNDER = re.compile(r"__\w+__")
_FIELD_ATTRIBUTE = re.compile(r"\.([^.\[\]]+)")


def is_dunder(name: str) -> bool:
    """Tell whether Python keeps a name for itself: `__dict__`."""
    return bool(_DUNDER.fullmatch(name))


def attribute(name: str, *, own: frozenset[str], day: int) -> Breach | None:
    """Return what is wrong with reading `.name` of anything; `own` are the file's private names."""
    if is_dunder(name):
        return None if name in READABLE else dunder(name)
    if name in ATTRIBUTES:
        return Breach(
            "attribute",
            f"`.{name}` reaches inside torch or Python: do without it, or take another name",
        )
    if name in _FILE_ATTRIBUTES and day not in DAYS_WITH_FILES:
        return Breach(
            "file-access", f"`.{name}` is for files, and this day needs none: leave it out"
        )
    if name.startswith("_") and name not in own and name not in _PRIVATE and name != "_":
        return Breach(
            "private-attribute",
            f"`.{name}` belongs to somebody else's class: use what it offers without an underscore",
        )
    return None


def dunder(name: str) -> Breach:
    """Return what is said of a name that Python keeps for itself."""
    return Breach("dunder", f"`.{name}` reaches inside Python: do without it")


def handed_around(name: str) -> Breach:
    """Return what is said of a method whose arguments nobody could judge."""
    return Breach("attribute", f"`.{name}` is handed around: call it where it stands")


def may_begin(start: str, *, day: int) -> bool:
    """Tell whether a name that begins like this may turn out to be a forbidden one."""
    words = ATTRIBUTES | CALLED_ONLY | {"format", "format_map", "func"}
    if day not in DAYS_WITH_FILES:
        words |= _FILE_ATTRIBUTES
    return not start or start.startswith("_") or any(word.startswith(start) for word in words)


def text(value: str) -> Breach | None:
    """Return what is wrong with a string constant, whatever it is for."""
    if _SYSTEM_PATH.search(value):
        return Breach("system-path", f"{shown(value)} is the system's: name a file of your own")
    if value in _TEXTS or value.startswith("module://"):
        return Breach("text", f"{shown(value)} is nothing that an exercise needs: do without it")
    if is_dunder(value) and value not in _HARMLESS_TEXTS:
        return Breach("dunder", f"{shown(value)} names the inside of Python: do without it")
    if "{" in value and "." in value and _reaches_inside(value):
        return Breach("format-string", f"{shown(value)} reaches inside of what it formats")
    return None


def _reaches_inside(value: str) -> bool:
    """Tell whether a text, filled in as a template, reads what nobody may read."""
    names = _FIELD_ATTRIBUTE.findall(value)
    if "__" not in value and not any(re.split(r"\W", name)[0] in ATTRIBUTES for name in names):
        return False
    return bool(template(value, own=frozenset(), day=14))


def template(value: str, *, own: frozenset[str], day: int) -> Breach | None:
    """Return what is wrong with a template of `str.format`: it can read attributes."""
    waiting = [value]
    for _ in range(100):
        if not waiting:
            return None
        try:
            fields = list(string.Formatter().parse(waiting.pop()))
        except ValueError:
            continue  # format says so too
        for _, name, spec, _ in fields:
            for attr in _FIELD_ATTRIBUTE.findall(name or ""):
                if is_dunder(attr) or attribute(attr, own=own, day=day):
                    return Breach(
                        "format-string",
                        f"the template {shown(value)} reads `.{attr}`: "
                        "format the value itself, as in f'{x:.2f}'",
                    )
            if spec and "{" in spec:
                waiting.append(spec)
    return Breach("format-string", f"the template {shown(value)} has too many fields")


def shown(value: str) -> str:
    """Return a text as a message quotes it."""
    return repr(value if len(value) <= 40 else value[:37] + "...")
