"""Errors of Python, Matplotlib and json: the third table that kata.explain reads."""

# (id, names of the error types, pattern of the whole message, advice; {1} is the pattern's group 1)
KNOWN: list[tuple[str, str, str, str]] = [
    (
        "missing-super-init",
        "TypeError",
        r"descriptor '__init__' of 'super' object needs an argument",
        "super is called too: super().__init__(), with brackets after super.",
    ),
    (
        "missing-self",
        "TypeError|RuntimeError",
        r"\w+\.\w+\(\) takes 0 positional arguments but \d+ (?:was|were) given"
        r"|super\(\): no arguments",
        "The first parameter of a method is self: def __init__(self, …), def forward(self, x).",
    ),
    (
        "missing-self",
        "TypeError",
        r"\w+\.forward\(\) takes 1 positional argument but 2 were given",
        "forward needs two parameters, the module itself and its input: def forward(self, x).",
    ),
    (
        "class-instead-of-object",
        "TypeError",
        r"(?:\w+\.)?(\w+)\(\) missing \d+ required positional arguments?: 'self'.*",
        "{1} was called on the class. Build an object first, net = Net(), then call it on that.",
    ),
    (
        "numpy-on-a-tensor",
        "TypeError",
        r"(?:sum|mean|prod|max|min|argmax|argmin|std|var|any|all|cumsum|squeeze|round|clip)\(\) "
        r"got an unexpected keyword argument '(?:axis|out|keepdims|ddof)'",
        "NumPy's functions work on arrays: on a tensor use torch's, such as torch.sum(x, dim=0).",
    ),
    (
        "no-such-parameter",
        "TypeError",
        r"(?:.*\.)?(\w+)\(\) got an unexpected keyword argument '(\w+)'.*",
        "{1} has no parameter called {2}: compare it with the names in its definition.",
    ),
    (
        "not-called",
        "TypeError",
        r"'(?:method|function|builtin_function_or_method)' object is not "
        r"(?:iterable|subscriptable)",
        "A function is named here but not called: write the round brackets ( ) after its name.",
    ),
    (
        "not-called",
        "TypeError|AttributeError",
        r"'type' object does not support the context manager protocol|type object '\w+' has no "
        r"attribute '__enter__'|__enter__",
        "After `with` an object is needed, and this is a class: write the round brackets ( ) after "
        "its name, with torch.no_grad():",
    ),
    (
        "not-called",
        "TypeError",
        r"Object of type (?:builtin_function_or_method|function|method) is not JSON serializable",
        "A function is named here but not called: write the round brackets ( ) after its name.",
    ),
    (
        "empty-call",
        "TypeError",
        r"\w+\.forward\(\) missing 2 required positional arguments: 'input' and 'target'",
        "A loss takes two things, loss_fn(outputs, targets). Is there an empty pair of brackets "
        "before them? What you are given is built already.",
    ),
    (
        "fields-missing",
        "TypeError",
        r"(\w+)\.__new__\(\) missing \d+ required positional arguments?: .+",
        "{1} has more fields than it got values. A tuple among them counts as one: take it apart, "
        "or put a * before it.",
    ),
    (
        "path-plus-text",
        "TypeError",
        r"unsupported operand type\(s\) for \+: '\w*Path' and 'str'",
        "Paths are joined by a slash, path.parent / 'name', and str(path) makes a text of one.",
    ),
    (
        "text-for-bytes",
        "TypeError",
        r"a bytes-like object is required, not 'str'",
        "The file is open for bytes: without the b in its mode it takes text.",
    ),
    (
        "called-by-mistake",
        "TypeError",
        r"'(Tensor|torch\.Size|int|float|list|tuple|str|Text)' object is not callable",
        "Round brackets call a function, and here they stand behind a {1}. Is a * missing, "
        "or are they too much? (.shape, .T and .grad take none; a title is set by set_title.)",
    ),
    (
        "loader-is-walked-through",
        "TypeError",
        r"'DataLoader' object is not (?:subscriptable|an iterator)",
        "The batches of a loader come one after the other: for images, targets in loader. "
        "Only the first: next(iter(loader)).",
    ),
    (
        "values-and-names",
        "ValueError",
        r"(?:too many|not enough) values to unpack \(expected (?:at least )?(\d+).*\)",
        "There are {1} names before the = (or in the for), and another number of values. "
        "Print what is taken apart.",
    ),
    (
        "none-taken-apart",
        "TypeError",
        r"(?:cannot unpack non-iterable NoneType object|'NoneType' object is not "
        r"(?:iterable|subscriptable))",
        "Something is None here: does a function before it end without a return?",
    ),
    (
        "none-in-arithmetic",
        "TypeError",
        r"unsupported operand type\(s\) for (\S+): (?:'NoneType' and .+|.+ and 'NoneType')",
        "One side of the {1} is None: does a function before it end without a return?",
    ),
    (
        "list-in-arithmetic",
        "TypeError",
        r"unsupported operand type\(s\) for (\S+): (?:'(?:list|tuple)' and 'Tensor'"
        r"|'Tensor' and '(?:list|tuple)')",
        "One side of the {1} is a plain list or tuple: torch.stack makes a tensor of tensors, "
        "torch.tensor one of numbers.",
    ),
    (
        "list-compared",
        "TypeError",
        r"'[<>]=?' not supported between instances of (?:'list' and '(?:float|int)'"
        r"|'(?:float|int)' and 'list')",
        "A whole list stands where one number is needed: tolist() makes lists in lists of a tensor "
        "with several dimensions. What a tensor can do itself works for every shape.",
    ),
    (
        "none-has-no-attribute",
        "AttributeError",
        r"'NoneType' object has no attribute '(\w+)'",
        "Something is None here that should have .{1}: does a function before it end without a "
        "return?",
    ),
    (
        "list-instead-of-tensor",
        "AttributeError",
        r"'(list|tuple)' object has no attribute '(?:shape|size|dim|mean|sum|float|long|argmax|max"
        r"|flatten|view|reshape|to|T|exp|item|backward|detach|numel|dtype|device)'",
        "This is a {1}, not a tensor. Does it hold several things to be taken apart, such as "
        "images and targets? torch.stack makes one tensor of a list of them.",
    ),
    (
        "comparison-of-no-tensors",
        "AttributeError",
        r"'bool' object has no attribute '(?:sum|mean|float|int|long|all|any|item)'",
        "This is one True or False, not a tensor: == compares number by number only if both sides "
        "are tensors, and torch.equal never does.",
    ),
    (
        "number-instead-of-tensor",
        "AttributeError",
        r"'(?:float|int)' object has no attribute '(?:item|detach|tolist|cpu|numpy)'",
        "This is a plain number already: leave .item() and the like out.",
    ),
    (
        "number-instead-of-tensor",
        "AttributeError",
        r"'(?:float|int)' object has no attribute '(?:backward|mean|sum|exp|log|shape|dim|float"
        r"|requires_grad|requires_grad_|grad|pow|sqrt|clamp|abs)'",
        "This is a plain number, not a tensor: was it made one by .item() or float()?",
    ),
    (
        "fraction-as-size",
        "TypeError",
        r"'float' object cannot be interpreted as an integer",
        "A whole number is needed here: divide by // instead of /.",
    ),
    (
        "several-axes",
        "AttributeError",
        r"'numpy\.ndarray' object has no attribute '(?:plot|imshow|scatter|bar|axis|text|set_\w+)'",
        "These are several Axes in an array: take one, axes[0], or go through axes.flat.",
    ),
    (
        "plot-lengths",
        "ValueError",
        r"x and y must have same first dimension, but have shapes \((\d+),.*\) and \((\d+),.*\)",
        "A curve needs one y for each x, and there are {1} x for {2} y.",
    ),
    (
        "image-shape",
        "TypeError",
        r"Invalid shape \((.+)\) for image data",
        "imshow draws a picture of shape (height, width), and this is ({1}): take image[0], or "
        "image.squeeze().",
    ),
    (
        "not-for-json",
        "TypeError",
        r"Object of type (Tensor|float32|int64|float64|ndarray) is not JSON serializable",
        "json writes plain numbers, and this is a {1}: take it out with .item().",
    ),
    (
        "not-for-json",
        "TypeError",
        r"Object of type (?:datetime|date) is not JSON serializable",
        "json has no times: write it as text, .isoformat().",
    ),
    (
        "text-instead-of-path",
        "AttributeError",
        r"'str' object has no attribute '(?:parent|exists|mkdir|open|is_file|\w+_text)'",
        "This path is a plain text: pathlib.Path(path) makes a Path of it.",
    ),
    (
        "module-instead-of-class",
        "AttributeError",
        r"module 'datetime' has no attribute '(now|utcnow|today|fromisoformat)'",
        "The class has the name of its module: datetime.datetime.{1}, or import it by "
        "`from datetime import datetime`.",
    ),
    (
        "input-asked",
        "OSError",
        r"pytest: reading from stdin while output is captured! .*",
        "Take input() out: nobody is there to answer when the tests run.",
    ),
]
