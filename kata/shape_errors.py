"""PyTorch's errors about shapes, sizes and dtypes: the second table that kata.explain reads."""

# (id, names of the error types, pattern of the whole message, advice; {1} is the pattern's group 1)
KNOWN: list[tuple[str, str, str, str]] = [
    (
        "matrix-shapes",
        "RuntimeError",
        r"mat1 and mat2 shapes cannot be multiplied \((\d+)x(\d+) and (\d+)x(\d+)\)",
        "A ({1}, {2}) matrix cannot be multiplied by a ({3}, {4}) one: the inner sizes, {2} and "
        "{3}, must be equal. Is a transpose (.T) missing or one too many, or is the input not "
        "flattened?",
    ),
    (
        "matrix-shapes",
        "RuntimeError",
        r"size mismatch, got input \((\d+)\), mat \(\d+x(\d+)\), vec \((\d+)\)",
        "The matrix has {2} columns and the vector {3} numbers: they must be equal.",
    ),
    (
        "matrix-shapes",
        "RuntimeError",
        r"inconsistent tensor size, expected tensor \[(\d+)\] and src \[(\d+)\] to have the same "
        r"number of elements.*",
        "One vector has {1} numbers and the other {2}: their product needs equally many.",
    ),
    (
        "matrix-shapes",
        "RuntimeError",
        r"1D tensors expected, but got (\d+)D and (\d+)D tensors",
        "torch.dot multiplies two vectors, and these have {1} and {2} dimensions. The product of "
        "matrices is a @ b.",
    ),
    (
        "matrix-shapes",
        "RuntimeError",
        r"both arguments to matmul need to be at least 1D, but they are (\d)D and (\d)D",
        "@ needs vectors or matrices, and these have {1} and {2} dimensions. With a single number "
        "multiply by *.",
    ),
    (
        "broadcast-shapes",
        "RuntimeError",
        r"The size of tensor a \((\d+)\) must match the size of tensor b \((\d+)\) "
        r"at non-singleton dimension (\d+)",
        "The shapes do not fit: one tensor has {1} and the other {2} in dimension {3}. "
        "Print both shapes just before this line.",
    ),
    (
        "broadcast-shapes",
        "RuntimeError",
        r"output with shape (\[.*\]) doesn't match the broadcast shape (\[.*\])",
        "The result has shape {2} and does not fit into the {1} that is changed in place (by += or "
        "a name ending in _).",
    ),
    (
        "broadcast-shapes",
        "RuntimeError",
        r"The expanded size of the tensor \((\d+)\) must match the existing size \((\d+)\) at "
        r"non-singleton dimension (\d+)\..*",
        "There is room for {1} numbers in dimension {3}, and what shall go there has {2}. "
        "Print both shapes just before this line.",
    ),
    (
        "mixed-dtypes",
        "RuntimeError",
        r"mat1 and mat2 must have the same dtype, but got (\w+) and (\w+)"
        r"|expected m1 and m2 to have the same dtype, but got: (.+) != (.+)"
        r"|dot : expected both vectors to have same dtype, but found (\w+) and (\w+)"
        r"|addmv input tensors must have the same dtype, but got \w+, (\w+), and (\w+)"
        r"|Input type \((float|double|long int)\) and bias type \((\w+)\) should be the same",
        "One tensor is {1} and the other {2}: convert one, say with x.float().",
    ),
    (
        "mixed-dtypes",
        "RuntimeError",
        r"result type (\w+) can't be cast to the desired output type (\w+)",
        "The result is {1} and does not fit into the {2} tensor that is changed in place: make a "
        "new one, x = x + …",
    ),
    (
        "truth-of-a-tensor",
        "RuntimeError",
        r"Boolean value of Tensor with more than one value is ambiguous",
        "A tensor with several numbers is neither true nor false. A comparison needs .all() or "
        ".any(); a loss such as nn.MSELoss is built first and then called: nn.MSELoss()(a, b).",
    ),
    (
        "item-of-many",
        "RuntimeError|ValueError",
        r"a Tensor with (\d+) elements cannot be converted to Scalar"
        r"|only one element tensors can be converted to Python scalars",
        "Only a tensor with one element can become a Python number: average or sum it first.",
    ),
    (
        "no-such-dimension",
        "IndexError",
        r"Dimension out of range \(expected to be in range of \[(-?\d+), (-?\d+)\], "
        r"but got (-?\d+)\)",
        "There is no dimension {3} here: this tensor has dimensions {1} to {2}. Print its shape; "
        "the batch dimension may have been lost.",
    ),
    (
        "too-many-indices",
        "IndexError",
        r"too many indices for tensor of dimension (\d+)",
        "This tensor has {1} dimensions, and there are more positions than that in the brackets. "
        "Print its shape.",
    ),
    (
        "single-number",
        "TypeError|IndexError",
        r"iteration over a 0-d tensor|len\(\) of a 0-d tensor|invalid index of a 0-dim tensor\..*",
        "This tensor is a single number, of shape (), without rows. Was it summed or averaged over "
        "everything? If it came like that, go through x.flatten(): that is a row of one.",
    ),
    (
        "index-out-of-range",
        "IndexError|RuntimeError",
        r"index (-?\d+) is out of bounds for dimension (\d+) with size (\d+)",
        "There is no number {1} in dimension {2}: it holds {3}, counted from 0.",
    ),
    (
        "index-shapes",
        "IndexError",
        r"shape mismatch: indexing tensors could not be broadcast together with shapes (.+)",
        "The positions in the brackets belong together one by one, and there are not equally many "
        "of them: {1}.",
    ),
    (
        "index-shapes",
        "RuntimeError",
        r"Index tensor must have the same number of dimensions as input tensor",
        "gather needs positions with as many dimensions as the tensor has: target.unsqueeze(1) "
        "makes (N,) an (N, 1).",
    ),
    (
        "view-not-contiguous",
        "RuntimeError",
        r"view size is not compatible with input tensor's size and stride.*",
        "view needs the numbers in order in memory, and a transpose changes that: "
        "use reshape or flatten.",
    ),
    (
        "impossible-reshape",
        "RuntimeError",
        r"shape '\[(.+)\]' is invalid for input of size (\d+)",
        "{2} numbers do not fill the shape ({1}). Take the sizes from x.shape, or let -1 stand "
        "for one of them.",
    ),
    (
        "different-sizes",
        "RuntimeError",
        r"stack expects each tensor to be equal size, but got (\[.*\]) at entry 0 and (\[.*\]) at "
        r"entry \d+",
        "torch.stack needs tensors of one shape, and these have {1} and {2}.",
    ),
    (
        "different-sizes",
        "RuntimeError",
        r"Sizes of tensors must match except in dimension (\d+)\. Expected size (\d+) but got size "
        r"(\d+) for tensor number \d+ in the list\.",
        "torch.cat joins along dimension {1}; all other sizes must be equal, and here {2} meets "
        "{3}.",
    ),
    (
        "different-sizes",
        "ValueError",
        r"expected sequence of length (\d+) at dim \d+ \(got (\d+)\)",
        "The rows of a tensor are equally long, and here one has {1} numbers and another {2}.",
    ),
    (
        "stack-needs-tensors",
        "TypeError",
        r"expected Tensor as element \d+ in argument 0, but got (\w+)",
        "torch.stack and torch.cat join tensors, and the list holds a value of type {1}. "
        "torch.tensor makes a tensor of numbers.",
    ),
    (
        "nothing-to-stack",
        "RuntimeError|ValueError",
        r"stack expects a non-empty TensorList"
        r"|(?:torch\.cat\(\): )?expected a non-empty list of Tensors",
        "The list is empty: was anything appended to it?",
    ),
    (
        "stack-not-cat",
        "RuntimeError",
        r"zero-dimensional tensor \(at position \d+\) cannot be concatenated",
        "Single numbers are put together by torch.stack; torch.cat joins tensors end to end.",
    ),
    (
        "fraction-as-size",
        "TypeError",
        r"\w+\(\): argument '\w+' (?:failed to unpack the object at pos \d+ with error \"type must "
        r"be tuple of ints,but got float\"|must be tuple of ints, but found element of type float "
        r"at pos \d+)",
        "Sizes are whole numbers, and one of these has a fraction: divide by // instead of /.",
    ),
    (
        "max-gives-two",
        "TypeError|AttributeError",
        r"'torch\.return_types\.(max|min|median|sort|topk)' object has no attribute '\w+'"
        r"|\w+\(\): argument '\w+' \(position \d+\) must be Tensor, not torch\.return_types\.(\w+)"
        r"|unsupported operand type\(s\) for \S+: (?:'\w+' and )?'torch\.return_types\.(\w+)'.*",
        "{1} along a dimension gives two things: take .values, or .indices for where they are.",
    ),
    (
        "none-instead-of-tensor",
        "TypeError",
        r"(\w+)\(\): argument '\w+' \(position \d+\) must be Tensor, not NoneType",
        "{1} was given None where it needs a tensor: does a function before it end without a "
        "return?",
    ),
    (
        "not-a-tensor",
        "TypeError",
        r"(\w+)\(\): argument '(\w+)' \(position \d+\) must be Tensor, not (?:\w+\.)*(\w+)",
        "{1} was given a {3} where it needs a tensor. Was something not called, or not converted?",
    ),
]
