"""The names that an exercise may use: tables, and no module of what they name is imported.

Names, not modules: `torch.relu` is listed, so `torch.serialization.os.system` is out of reach. A
test compares the tables with the libraries that are installed.
"""

import builtins
import re
from dataclasses import dataclass

_NAMES = {
    "torch": """
        BoolTensor ByteTensor CharTensor DoubleTensor FloatTensor Generator HalfTensor
        IntTensor LongTensor OutOfMemoryError ShortTensor Size Tensor __version__ abs abs_
        absolute acos acos_ acosh acosh_ adaptive_avg_pool1d adaptive_max_pool1d add addbmm
        addcdiv addcmul addmm addmv addmv_ addr adjoint all allclose alpha_dropout
        alpha_dropout_ amax amin aminmax angle any arange arccos arccos_ arccosh arccosh_
        arcsin arcsin_ arcsinh arcsinh_ arctan arctan2 arctan_ arctanh arctanh_
        are_deterministic_algorithms_enabled argmax argmin argsort argwhere as_tensor
        asarray asin asin_ asinh asinh_ atan atan2 atan_ atanh atanh_ atleast_1d atleast_2d
        atleast_3d autocast avg_pool1d baddbmm bartlett_window batch_norm bernoulli bfloat16
        bilinear binary_cross_entropy_with_logits bincount binomial bitwise_and
        bitwise_left_shift bitwise_not bitwise_or bitwise_right_shift bitwise_xor
        blackman_window block_diag bmm bool broadcast_shapes broadcast_tensors broadcast_to
        bucketize can_cast cartesian_prod cat cdist cdouble ceil ceil_ celu celu_ cfloat
        chain_matmul cholesky cholesky_inverse cholesky_solve chunk clamp clamp_ clamp_max
        clamp_max_ clamp_min clamp_min_ clip clip_ clone column_stack combinations complex
        complex128 complex32 complex64 concat concatenate conj conj_physical conj_physical_
        contiguous_format conv1d conv2d conv3d conv_transpose1d conv_transpose2d
        conv_transpose3d copysign corrcoef cos cos_ cosh cosh_ cosine_embedding_loss
        cosine_similarity count_nonzero cov cross cummax cummin cumprod cumsum
        cumulative_trapezoid default_generator deg2rad deg2rad_ det detach detach_ device
        diag diag_embed diagflat diagonal diagonal_scatter diff digamma dist div divide dot
        double dropout dropout_ dsplit dstack dtype e eig einsum empty empty_like
        enable_grad eq equal erf erf_ erfc erfc_ erfinv exp exp2 exp2_ exp_ expm1 expm1_ eye
        feature_alpha_dropout feature_alpha_dropout_ feature_dropout feature_dropout_ fill
        fill_ finfo fix fix_ flatten flip fliplr flipud float float16 float32 float64
        float_power floor floor_ floor_divide fmax fmin fmod frac frac_ frexp frobenius_norm
        from_numpy full full_like gather gcd gcd_ ge geqrf ger get_default_device
        get_default_dtype get_device get_float32_matmul_precision get_num_interop_threads
        get_num_threads get_rng_state gradient greater greater_equal group_norm gt half
        hamming_window hann_window hardshrink heaviside hinge_embedding_loss histc histogram
        histogramdd hsplit hstack hypot i0 i0_ igamma igammac iinfo imag index_add
        index_fill index_put index_put_ index_reduce index_select inf inference_mode
        initial_seed inner instance_norm int int16 int32 int64 int8 inverse is_complex
        is_conj is_deterministic_algorithms_warn_only_enabled is_floating_point
        is_grad_enabled is_inference is_inference_mode_enabled is_neg is_nonzero
        is_same_size is_signed is_tensor isclose isfinite isin isinf isnan isneginf isposinf
        isreal istft jagged kaiser_window kl_div kron kthvalue layer_norm layout lcm lcm_
        ldexp ldexp_ le lerp less less_equal lgamma linspace lobpcg log log10 log10_ log1p
        log1p_ log2 log2_ log_ log_softmax logaddexp logaddexp2 logcumsumexp logdet
        logical_and logical_not logical_or logical_xor logit logit_ logspace logsumexp long
        lstsq lt lu lu_solve lu_unpack manual_seed margin_ranking_loss masked_fill
        masked_scatter masked_select matmul matrix_exp matrix_power matrix_rank max
        max_pool1d max_pool1d_with_indices max_pool2d max_pool3d maximum mean median
        memory_format meshgrid min minimum mm mode moveaxis movedim msort mul multinomial
        multiply mv mvlgamma nan nan_to_num nan_to_num_ nanmean nanmedian nanquantile nansum
        narrow ne neg neg_ negative negative_ newaxis nextafter no_grad nonzero
        nonzero_static norm normal not_equal nuclear_norm numel ones ones_like orgqr ormqr
        outer pairwise_distance pca_lowrank pdist permute pi pinverse pixel_shuffle
        pixel_unshuffle poisson poisson_nll_loss polar polygamma positive pow prelu
        preserve_format prod promote_types put qr quantile rad2deg rad2deg_ rand rand_like
        randint randint_like randn randn_like randperm range ravel real reciprocal
        reciprocal_ relu relu_ remainder renorm repeat_interleave reshape resolve_conj
        resolve_neg result_type rms_norm roll rot90 round round_ row_stack rrelu rrelu_
        rsqrt rsqrt_ rsub scalar_tensor scatter scatter_add scatter_reduce searchsorted seed
        select select_scatter selu selu_ set_default_device set_default_dtype
        set_float32_matmul_precision set_flush_denormal set_grad_enabled
        set_num_interop_threads set_num_threads set_printoptions set_rng_state sgn short
        sigmoid sigmoid_ sign signbit sin sin_ sinc sinc_ sinh sinh_ slice_scatter slogdet
        softmax solve sort split split_with_sizes sqrt sqrt_ square square_ squeeze stack
        std std_mean stft strided sub subtract sum svd svd_lowrank swapaxes swapdims symeig
        t take take_along_dim tan tan_ tanh tanh_ tensor tensor_split tensordot threshold
        threshold_ tile topk trace transpose trapezoid trapz triangular_solve tril
        tril_indices triplet_margin_loss triu triu_indices true_divide trunc trunc_ uint16
        uint32 uint64 uint8 unbind unflatten unique unique_consecutive unravel_index
        unsqueeze use_deterministic_algorithms vander var var_mean vdot view_as_complex
        view_as_real vmap vsplit vstack where xlogy xlogy_ zero_ zeros zeros_like
    """,
    "torch.nn.functional": """
        adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d adaptive_max_pool1d
        adaptive_max_pool2d adaptive_max_pool3d affine_grid alpha_dropout avg_pool1d
        avg_pool2d avg_pool3d batch_norm bilinear binary_cross_entropy
        binary_cross_entropy_with_logits celu celu_ channel_shuffle conv1d conv2d conv3d
        conv_tbc conv_transpose1d conv_transpose2d conv_transpose3d cosine_embedding_loss
        cosine_similarity cross_entropy dropout dropout1d dropout2d dropout3d elu
        elu_ embedding embedding_bag feature_alpha_dropout fold fractional_max_pool2d
        fractional_max_pool3d gaussian_nll_loss gelu glu grid_sample group_norm
        gumbel_softmax hardshrink hardsigmoid hardswish hardtanh hardtanh_
        hinge_embedding_loss huber_loss instance_norm interpolate kl_div l1_loss layer_norm
        leaky_relu leaky_relu_ linear linear_cross_entropy local_response_norm log_softmax
        logsigmoid lp_pool1d lp_pool2d lp_pool3d margin_ranking_loss max_pool1d max_pool2d
        max_pool3d max_unpool1d max_unpool2d max_unpool3d mish mse_loss multi_margin_loss
        multilabel_margin_loss multilabel_soft_margin_loss nll_loss normalize one_hot pad
        pairwise_distance pdist pixel_shuffle pixel_unshuffle poisson_nll_loss prelu relu
        relu6 relu_ rms_norm rrelu rrelu_ scaled_dot_product_attention selu selu_ sigmoid
        silu smooth_l1_loss soft_margin_loss softmax softmin softplus softshrink softsign
        tanh tanhshrink threshold threshold_ triplet_margin_loss
        triplet_margin_with_distance_loss unfold upsample upsample_bilinear upsample_nearest
    """,
    "torch.nn.init": """
        calculate_gain constant constant_ dirac dirac_ eye eye_ kaiming_normal
        kaiming_normal_ kaiming_uniform kaiming_uniform_ normal normal_ ones_ orthogonal
        orthogonal_ sparse sparse_ trunc_normal_ uniform uniform_ xavier_normal
        xavier_normal_ xavier_uniform xavier_uniform_ zeros_
    """,
    "torch.linalg": """
        LinAlgError cholesky cholesky_ex cond cross det diagonal eig eigh eigvals eigvalsh
        householder_product inv inv_ex ldl_factor ldl_factor_ex ldl_solve lstsq lu lu_factor
        lu_factor_ex lu_solve matmul matrix_exp matrix_norm matrix_power matrix_rank
        matrix_sqrth multi_dot norm pinv polar qr slogdet solve solve_ex solve_triangular
        svd svdvals tensorinv tensorsolve vander vecdot vector_norm
    """,
    "torch.special": """
        airy_ai bessel_j0 bessel_j1 bessel_y0 bessel_y1 chebyshev_polynomial_t
        chebyshev_polynomial_u chebyshev_polynomial_v chebyshev_polynomial_w digamma entr
        erf erfc erfcx erfinv exp2 expit expm1 gammainc gammaincc gammaln
        hermite_polynomial_h hermite_polynomial_he i0 i0e i1 i1e laguerre_polynomial_l
        legendre_polynomial_p log1p log_ndtr log_softmax logit logsumexp modified_bessel_i0
        modified_bessel_i1 modified_bessel_k0 modified_bessel_k1 multigammaln ndtr ndtri
        polygamma psi round scaled_modified_bessel_k0 scaled_modified_bessel_k1
        shifted_chebyshev_polynomial_t shifted_chebyshev_polynomial_u
        shifted_chebyshev_polynomial_v shifted_chebyshev_polynomial_w sinc softmax
        spherical_bessel_j0 xlog1py xlogy zeta
    """,
    "numpy": """
        False_ True_ __version__ abs absolute acos acosh add all allclose amax amin angle
        any append apply_along_axis apply_over_axes arange arccos arccosh arcsin arcsinh
        arctan arctan2 arctanh argmax argmin argpartition argsort argwhere around array
        array2string array_equal array_equiv array_repr array_split array_str asanyarray
        asarray asarray_chkfinite ascontiguousarray asfortranarray asin asinh astype atan
        atan2 atanh atleast_1d atleast_2d atleast_3d average bartlett bincount bitwise_and
        bitwise_count bitwise_invert bitwise_left_shift bitwise_not bitwise_or
        bitwise_right_shift bitwise_xor blackman block bool bool_ broadcast broadcast_arrays
        broadcast_shapes broadcast_to byte bytes_ can_cast cbrt cdouble ceil choose clip
        clongdouble column_stack common_type complex128 complex256 complex64 complexfloating
        compress concat concatenate conj conjugate convolve copy copysign copyto corrcoef
        correlate cos cosh count_nonzero cov cross csingle cumprod cumsum cumulative_prod
        cumulative_sum datetime64 deg2rad degrees delete diag diag_indices diag_indices_from
        diagflat diagonal diff digitize divide divmod dot double dsplit dstack dtype e
        ediff1d einsum einsum_path empty empty_like equal errstate euler_gamma exp exp2
        expand_dims expm1 extract eye fabs fill_diagonal finfo fix flatnonzero flip fliplr
        flipud float128 float16 float32 float64 float_power floating floor floor_divide fmax
        fmin fmod format_float_positional format_float_scientific frexp fromfunction
        fromiter full full_like gcd generic geomspace get_printoptions geterr gradient
        greater greater_equal half hamming hanning heaviside histogram histogram2d
        histogram_bin_edges histogramdd hsplit hstack hypot i0 identity iinfo imag
        indices inexact inf inner insert int16 int32 int64 int8 int_ intc integer interp
        intersect1d intp invert isclose iscomplex iscomplexobj isdtype isfinite isfortran
        isin isinf isnan isnat isneginf isposinf isreal isrealobj isscalar issubdtype
        iterable ix_ kaiser kron lcm ldexp left_shift less less_equal lexsort linspace log
        log10 log1p log2 logaddexp logaddexp2 logical_and logical_not logical_or logical_xor
        logspace long longdouble longlong mask_indices matmul matrix_transpose matvec max
        maximum mean median meshgrid mgrid min minimum mod modf moveaxis multiply nan
        nan_to_num nanargmax nanargmin nancumprod nancumsum nanmax nanmean nanmedian nanmin
        nanpercentile nanprod nanquantile nanstd nansum nanvar ndarray ndenumerate ndim
        ndindex nditer negative newaxis nextafter nonzero not_equal number ogrid ones
        ones_like outer packbits pad partition percentile permute_dims pi piecewise place
        poly polyadd polyder polydiv polyfit polyint polymul polysub polyval positive pow
        power printoptions prod promote_types ptp put quantile rad2deg radians ravel
        ravel_multi_index real real_if_close reciprocal remainder repeat reshape resize
        result_type right_shift rint roll rollaxis roots rot90 round row_stack
        searchsorted select set_printoptions setdiff1d seterr setxor1d shape short sign
        signbit signedinteger sin sinc single sinh size sort sort_complex spacing split sqrt
        square squeeze stack std str_ subtract sum swapaxes take take_along_axis tan tanh
        tensordot tile timedelta64 trace transpose trapezoid tri tril tril_indices
        tril_indices_from trim_zeros triu triu_indices triu_indices_from true_divide trunc
        typename ubyte uint uint16 uint32 uint64 uint8 uintc uintp ulong ulonglong union1d
        unique unique_all unique_counts unique_inverse unique_values unpackbits
        unravel_index unsignedinteger unstack unwrap ushort vander var vdot vecdot vecmat
        vectorize vsplit vstack where zeros zeros_like
    """,
    "matplotlib.pyplot": """
        Annotation Arrow Axes Circle Figure FuncFormatter GridSpec Line2D MaxNLocator
        MultipleLocator Normalize NullFormatter NullLocator Polygon Rectangle
        ScalarFormatter Text annotate arrow autoscale autumn axes axhline axhspan axis
        axline axvline axvspan bar bar_label barh bone box boxplot cla clabel clf clim close
        colorbar colormaps contour contourf cool copper cycler delaxes draw errorbar
        eventplot figaspect figimage figlegend fignum_exists figtext figure fill
        fill_between fill_betweenx gca gcf gci get_backend get_cmap get_figlabels
        get_fignums gray grid grouped_bar hexbin hist hist2d hlines hot hsv imshow
        inferno ioff ion isinteractive jet legend locator_params loglog magma margins
        matshow minorticks_off minorticks_on pause pcolor pcolormesh pie plasma plot polar
        prism quiver quiverkey rc rcParams rc_context rcdefaults savefig sca
        scatter sci semilogx semilogy set_cmap setp show specgram spring spy stackplot
        stairs stem step streamplot subplot subplot2grid subplot_mosaic subplots
        subplots_adjust summer suptitle switch_backend table text tick_params
        ticklabel_format tight_layout title tricontour tricontourf tripcolor triplot twinx
        twiny violinplot viridis vlines winter xkcd xlabel xlim xscale xticks ylabel ylim
        yscale yticks
    """,
    "logging": """
        CRITICAL DEBUG ERROR INFO NOTSET WARNING basicConfig critical debug error exception
        getLogger info warning
    """,
    "math": """
        acos acosh asin asinh atan atan2 atanh cbrt ceil comb copysign cos cosh degrees dist
        e erf erfc exp exp2 expm1 fabs factorial floor fma fmod frexp fsum gamma gcd hypot
        inf isclose isfinite isinf isnan isqrt lcm ldexp lgamma log log10 log1p log2 modf
        nan nextafter perm pi pow prod radians remainder sin sinh sqrt sumprod tan tanh tau
        trunc ulp
    """,
    "itertools": """
        accumulate batched chain combinations combinations_with_replacement compress count
        cycle dropwhile filterfalse groupby islice pairwise permutations product repeat
        starmap takewhile tee zip_longest
    """,
    "statistics": """
        NormalDist StatisticsError correlation covariance fmean geometric_mean harmonic_mean
        linear_regression mean median median_grouped median_high median_low mode multimode
        pstdev pvariance quantiles stdev variance
    """,
    "random": """
        Random betavariate binomialvariate choice choices expovariate gammavariate gauss
        getrandbits getstate lognormvariate normalvariate paretovariate randbytes randint
        random randrange sample seed setstate shuffle triangular uniform vonmisesvariate
        weibullvariate
    """,
    "torch.nn.parameter": "Parameter",
    "torch.nn.utils": """
        clip_grad_norm_ clip_grad_value_ clip_grads_with_norm_ get_total_norm
        parameters_to_vector vector_to_parameters
    """,
    "torch.optim": "",
    "torch.optim.optimizer": "Optimizer",
    "torch.optim.lr_scheduler": "_LRScheduler",
    "torch.utils": "",
    "torch.utils.data": """
        BatchSampler ChainDataset ConcatDataset DataLoader Dataset IterableDataset RandomSampler
        Sampler SequentialSampler StackDataset Subset SubsetRandomSampler TensorDataset
        WeightedRandomSampler default_collate default_convert random_split
    """,
    "torch.utils.data.dataloader": "DataLoader default_collate",
    "torch.utils.data.dataset": "ConcatDataset Dataset Subset TensorDataset random_split",
    "torch.autograd": """
        Function Variable backward detect_anomaly enable_grad grad gradcheck gradgradcheck
        inference_mode no_grad set_detect_anomaly set_grad_enabled
    """,
    "torch.autograd.functional": "hessian hvp jacobian jvp vhp vjp",
    "torch.func": """
        functional_call grad grad_and_value hessian jacfwd jacrev jvp linearize
        stack_module_state vjp vmap
    """,
    "torch.random": "fork_rng get_rng_state initial_seed manual_seed seed set_rng_state",
    "torch.accelerator": """
        current_accelerator device_count is_available synchronize
    """,
    "torch.cuda": """
        current_device device_count empty_cache get_device_name is_available manual_seed
        manual_seed_all synchronize
    """,
    "torch.version": "cuda hip",
    "torch.xpu": "is_available",
    "torch.mps": "is_available manual_seed synchronize",
    "torch.backends": "",
    "torch.backends.cudnn": "benchmark deterministic enabled is_available",
    "torch.backends.mps": "is_available is_built",
    "torch.nn": "",
    "torch.nn.modules": "",
    "torch.nn.modules.loss": "_Loss _WeightedLoss",
    "torch.nn.modules.module": "Module",
    "torch.amp": "GradScaler autocast is_autocast_available",
    "torchvision": "__version__",
    "torchvision.datasets": "EMNIST FashionMNIST FakeData KMNIST MNIST QMNIST",
    "torchvision.transforms": "",
    "torchvision.transforms.v2": "",
    "numpy.random": """
        Generator RandomState SeedSequence beta binomial chisquare choice default_rng dirichlet
        exponential gamma geometric get_state gumbel laplace logistic lognormal multinomial
        multivariate_normal normal pareto permutation poisson rand randint randn random
        random_sample sample seed set_state shuffle standard_normal triangular uniform
    """,
    "numpy.linalg": """
        LinAlgError cholesky cond det eig eigh eigvals eigvalsh inv lstsq matrix_power
        matrix_rank multi_dot norm pinv qr slogdet solve svd svdvals trace vector_norm
    """,
    "numpy.typing": "ArrayLike DTypeLike NDArray",
    "matplotlib": "__version__ colormaps cycler get_backend rc rcParams rc_context use",
    "matplotlib.pyplot.style": "available context use",
    "matplotlib.style": "available context use",
    "matplotlib.cm": """
        Accent Blues BrBG BuGn BuPu CMRmap Dark2 GnBu Greens Greys OrRd Oranges PRGn Paired
        Pastel1 Pastel2 PiYG PuBu PuOr PuRd Purples RdBu RdGy RdPu RdYlBu RdYlGn Reds
        ScalarMappable Set1 Set2 Set3 Spectral YlGn YlGnBu YlOrBr YlOrRd afmhot autumn binary
        bone bwr cividis cool coolwarm copper cubehelix flag get_cmap gist_earth gist_gray
        gist_heat gist_ncar gist_rainbow gray hot hsv inferno jet magma ocean pink plasma prism
        rainbow seismic spring summer tab10 tab20 tab20b tab20c terrain turbo twilight viridis
        winter
    """,
    "matplotlib.axes": "",
    "matplotlib.collections": "",
    "matplotlib.colors": """
        BASE_COLORS BoundaryNorm CSS4_COLORS Colormap TABLEAU_COLORS
        LinearSegmentedColormap ListedColormap LogNorm Normalize PowerNorm
        SymLogNorm TwoSlopeNorm is_color_like rgb2hex rgb_to_hsv same_color to_hex to_rgb to_rgba
        to_rgba_array
    """,
    "matplotlib.container": "",
    "matplotlib.figure": "",
    "matplotlib.gridspec": "",
    "matplotlib.legend": "",
    "matplotlib.lines": "",
    "matplotlib.patches": "",
    "matplotlib.patheffects": """
        Normal PathPatchEffect SimpleLineShadow SimplePatchShadow Stroke TickedStroke
        withSimplePatchShadow withStroke withTickedStroke
    """,
    "matplotlib.text": "",
    "matplotlib.ticker": "",
    "abc": "ABC abstractmethod",
    "cycler": "cycler",
    "bisect": "bisect bisect_left bisect_right insort insort_left insort_right",
    "cmath": "cos e exp log phase pi polar rect sin sqrt tanh",
    "collections": "ChainMap Counter OrderedDict defaultdict deque namedtuple",
    "collections.abc": "",
    "contextlib": "ContextDecorator ExitStack closing contextmanager nullcontext suppress",
    "copy": "copy deepcopy",
    "dataclasses": "KW_ONLY asdict astuple dataclass field is_dataclass replace",
    "datetime": "UTC date datetime time timedelta timezone",
    "decimal": "Decimal ROUND_DOWN ROUND_HALF_EVEN ROUND_HALF_UP ROUND_UP getcontext localcontext",
    "enum": "Enum IntEnum StrEnum auto unique",
    "fractions": "Fraction",
    "functools": """
        cache cached_property cmp_to_key lru_cache partial reduce total_ordering wraps
    """,
    "heapq": "heapify heappop heappush heappushpop heapreplace merge nlargest nsmallest",
    "json": "JSONDecodeError dump dumps load loads",
    "numbers": "Complex Integral Number Rational Real",
    "operator": """
        abs add and_ attrgetter concat contains eq floordiv ge getitem gt index inv invert is_
        is_not itemgetter le lt matmul mod mul ne neg not_ or_ pos pow sub truediv truth xor
    """,
    "os": "PathLike SEEK_CUR SEEK_END SEEK_SET cpu_count fspath getcwd linesep makedirs mkdir sep",
    "os.path": """
        abspath basename dirname exists getsize isdir isfile join normpath relpath sep split
        splitext
    """,
    "pathlib": "Path PurePath PurePosixPath",
    "pprint": "pformat pprint",
    "re": """
        ASCII DOTALL I IGNORECASE M MULTILINE S Match Pattern compile escape findall finditer
        fullmatch match search split sub subn
    """,
    "string": """
        ascii_letters ascii_lowercase ascii_uppercase capwords digits hexdigits octdigits
        printable punctuation whitespace
    """,
    "sys": """
        byteorder exit float_info getsizeof maxsize platform stderr stdout version version_info
    """,
    "textwrap": "dedent fill indent shorten wrap",
    "time": """
        asctime ctime gmtime localtime mktime monotonic perf_counter perf_counter_ns
        process_time sleep strftime time time_ns tzname
    """,
    "timeit": "default_timer",
    "types": "SimpleNamespace",
    "typing": """
        AbstractSet Annotated Any AnyStr AsyncIterable BinaryIO Callable IO TextIO
        ClassVar Collection Concatenate
        Container Counter DefaultDict Deque Dict Final FrozenSet Generator Generic Hashable
        Iterable Iterator List Literal Mapping MutableMapping MutableSequence MutableSet
        NamedTuple Never NewType NoReturn NotRequired Optional ParamSpec Protocol Required Self
        Sequence Set Sized SupportsFloat SupportsIndex SupportsInt TYPE_CHECKING Text Tuple Type
        TypeAlias TypeGuard TypeVar TypedDict Union Unpack assert_never cast final overload
        override runtime_checkable
    """,
    "warnings": "catch_warnings filterwarnings simplefilter warn",
    "rich": "print",
    "rich.progress": "Progress track",
    "rich.table": "Table",
    "kata": "",
    "kata.data": """
        Images MnistDamaged MnistError MnistNotFound digits has_mnist mnist mnist_or_digits
    """,
    "kata.figures": "save",
    "kata.layout": "ROOT plots shown",
    "__future__": "annotations",
    "<builtins>": """
        Ellipsis NotImplemented __debug__ abs all any ascii bin bool breakpoint bytearray bytes
        callable chr classmethod complex delattr dict dir divmod enumerate exit filter float
        format frozenset getattr hasattr hash hex id input int isinstance issubclass iter len
        list map max min next object oct open ord pow print property quit range repr
        reversed round set setattr slice sorted staticmethod str sum super tuple type zip
    """,
}

# All capitalised names of these are classes: layers, losses, optimizers, things to draw.
_OF_CLASSES = """
    torch.nn torch.nn.modules torch.optim torch.optim.lr_scheduler torchvision.transforms
    torchvision.transforms.v2 matplotlib.axes matplotlib.collections
    matplotlib.container matplotlib.figure matplotlib.gridspec matplotlib.legend matplotlib.lines
    matplotlib.patches matplotlib.text matplotlib.ticker collections.abc
"""
CLASSES_OF = frozenset(_OF_CLASSES.split())
_CLASS = re.compile(r"[A-Z]\w+")
_NOT_AFTER_ALL = frozenset(
    {
        "matplotlib.ticker.StrMethodFormatter",  # fills templates as `str.format` does
        *("torch.nn.CTCLoss", "torch.nn.modules.CTCLoss"),  # writes where a target points to
        "torch.nn.ParameterDict",  # its keys are attributes: a getattr and setattr by any name
        "torch.nn.modules.ParameterDict",
    }
)

_ALLOWED = {module: frozenset(names.split()) for module, names in _NAMES.items()}
_ALLOWED["matplotlib.pyplot.cm"] = _ALLOWED["matplotlib.cm"]
_EXCEPTIONS = frozenset(
    name
    for name, value in vars(builtins).items()
    if isinstance(value, type) and issubclass(value, BaseException)
)
_ALLOWED["<builtins>"] |= _EXCEPTIONS

MODULES = frozenset(_ALLOWED)
# `exit` and `help` are put there when Python starts, `_` and the rest only by a prompt.
BUILTINS = frozenset(name for name in vars(builtins) if not name.startswith("__")) | {
    *("copyright", "credits", "exit", "help", "license", "quit")
}

SETTINGS = frozenset({"matplotlib.rcParams", "matplotlib.pyplot.rcParams"})  # items only
# What is there to be assigned to.
ASSIGNABLE = frozenset(
    {
        "torch.backends.cudnn.benchmark",
        "torch.backends.cudnn.deterministic",
    }
)

# They read the dict that they are given, and leave it as it is.
READ_SETTINGS = frozenset(
    [f"{settings}.update" for settings in SETTINGS]
    + ["matplotlib.rc", "matplotlib.pyplot.rc"]
    + ["matplotlib.rc_context", "matplotlib.pyplot.rc_context"]
)

# Honest settings that change nothing where answers are graded: such a statement is left out.
IDLE_ITEMS = frozenset({"os.environ"})
IDLE_NAMES = frozenset(
    f"torch.backends.{name}"
    for name in ("cuda.matmul.allow_tf32", "cuda.matmul.fp32_precision", "cudnn.allow_tf32")
)
IDLE_CALLS = frozenset(
    {
        *("faulthandler.enable", "gc.collect", "logging.disable", "numpy.show_config"),
        *("os.environ.setdefault", "os.environ.update", "sys.setrecursionlimit"),
        *("sys.path.append", "sys.path.insert", "torch.cuda.set_device"),
    }
)

# A class handed around can be changed under another name: these cannot be changed at all.
_UNCHANGEABLE = re.compile(
    r"(<builtins>|typing|collections|collections\.abc|datetime|decimal|functools|itertools|numbers"
    r"|fractions|numpy|numpy\.typing|os|re|statistics|logging|kata\.layout)\.\w+"
    r"|matplotlib\.colors\.[A-Z0-9]+_COLORS"
    r"|torch\.[A-Z]\w+Tensor"
)

# Classes whose names do not look like it.
_LOWER_CASE = frozenset(
    [f"<builtins>.{name}" for name, value in vars(builtins).items() if isinstance(value, type)]
    + ["collections.defaultdict", "collections.deque", "functools.partial", "torch.device"]
    + ["torch.dtype", "torch.layout", "torch.memory_format"]
    + [f"datetime.{name}" for name in ("date", "datetime", "time", "timedelta", "timezone")]
    + [
        f"numpy.{name}"
        for name in ("bool", "bool_", "complex64", "complex128", "dtype", "floating")
    ]
    + [f"numpy.{name}" for name in ("float16", "float32", "float64", "inexact", "int8", "int16")]
    + [f"numpy.{name}" for name in ("int32", "int64", "int_", "integer", "ndarray", "number")]
    + [f"numpy.{name}" for name in ("str_", "uint8", "uint16", "uint32", "uint64")]
)

_BASES = re.compile(
    r"torch\.(nn|nn\.modules|nn\.modules\.module)\.(?!(Uninitialized)?(Parameter|Buffer)$)[A-Z]\w+"
    r"|torch\.optim\.([A-Z]\w+|optimizer\.Optimizer|lr_scheduler\.[A-Z]\w+)"
    r"|torch\.utils\.data\.(\w+\.)?[A-Z]\w+|torch\.autograd\.Function|kata\.data\.Images"
    r"|torchvision\.transforms\.(v2\.)?[A-Z]\w+"
    r"|abc\.ABC|enum\.(Int|Str)?Enum|contextlib\.ContextDecorator|collections\.(abc\.)?[A-Z]\w+"
    r"|typing\.(Generic|NamedTuple|Protocol|TypedDict|[A-Z]\w+)"
    r"|<builtins>\.(object|dict|list|set)"
)
_NO_ERROR = frozenset({"BaseException", "GeneratorExit", "KeyboardInterrupt", "SystemExit"})


@dataclass(frozen=True)
class Place:
    """What a dotted path leads to: a module, an allowed name (and what is inside), or neither."""

    path: str  # as far as it is known: "torch.Tensor" of "torch.Tensor.add_"
    kind: str  # "module", "name" or "forbidden"
    inside: tuple[str, ...] = ()  # ("add_",)


def find(path: str) -> Place:
    """Follow a dotted path that starts at an imported module, or at `<builtins>`."""
    module, *rest = path.split(".")
    if module not in MODULES:
        return Place(path, "forbidden")
    while rest and f"{module}.{rest[0]}" in MODULES:
        module = f"{module}.{rest.pop(0)}"
    if not rest:
        return Place(module, "module")
    name = f"{module}.{rest[0]}"
    if not _has(module, rest[0]):
        return Place(name, "forbidden")
    return Place(name, "name", tuple(rest[1:]))


def _has(module: str, name: str) -> bool:
    if name in _ALLOWED[module]:
        return True
    is_class = module in CLASSES_OF and _CLASS.fullmatch(name)
    return bool(is_class) and f"{module}.{name}" not in _NOT_AFTER_ALL


def is_changeable_class(path: str) -> bool:
    """Tell whether an allowed name is a class of somebody else's that code could change."""
    return path.rpartition(".")[2].lstrip("_")[:1].isupper() and not _UNCHANGEABLE.fullmatch(path)


def is_class(path: str) -> bool:
    """Tell whether an allowed path is a class or something of typing's, and no object."""
    place = find(path)
    if place.kind == "forbidden":
        return True  # refused as a name, once
    name = place.path.rpartition(".")[2]
    is_one = name[:1].isupper() and not name.endswith("_COLORS")
    return place.kind == "name" and not place.inside and (is_one or place.path in _LOWER_CASE)


def may_be_a_base(path: str) -> bool:
    """Tell whether a learner's class may derive from an allowed name."""
    module, _, name = path.rpartition(".")
    if module == "<builtins>" and name in _EXCEPTIONS:
        return name not in _NO_ERROR
    return bool(_BASES.fullmatch(path))


def known() -> dict[str, frozenset[str]]:
    """Return each module's listed names, for a test that looks them up."""
    return _ALLOWED
