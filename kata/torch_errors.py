"""PyTorch's errors, as far as a beginner meets them: the table that kata.explain reads.

Where the versions from 2.6 on word one error differently, its pattern holds every wording.
"""

# (id, names of the error types, pattern of the whole message, advice; {1} is the pattern's group 1)
KNOWN: list[tuple[str, str, str, str]] = [
    # ---- modules
    (
        "missing-super-init",
        "AttributeError",
        r"cannot assign (?:module|parameters?|buffer) before Module\.__init__\(\) call",
        "Call super().__init__() first in __init__: until then the module has nowhere to keep "
        "its layers.",
    ),
    (
        "missing-super-init",
        "AttributeError",
        r"'\w+' object has no attribute '_(?:modules|parameters|buffers|forward_hooks"
        r"|backward_hooks|forward_pre_hooks|backward_pre_hooks|non_persistent_buffers_set)'",
        "Call super().__init__() first in __init__: without it the module is not set up.",
    ),
    (
        "list-of-layers-called",
        "NotImplementedError",
        r'Module \[(ModuleList|ModuleDict)\] is missing the required "forward" function',
        "An nn.{1} only holds layers: call them one after the other in a loop.",
    ),
    (
        "missing-forward",
        "NotImplementedError",
        r'Module \[(\w+)\] is missing the required "forward" function',
        "{1} needs a method called forward(self, x): calling a module runs it. "
        "Is it spelled so, and indented under the class?",
    ),
    (
        "not-a-layer",
        "TypeError",
        r"([\w.<>]+) is not a Module subclass",
        "Only layers fit in here, and {1} is not one. nn.Sequential takes them one by one, each "
        "built: nn.ReLU(), not nn.ReLU, torch.relu or a list.",
    ),
    (
        "no-parameters",
        "ValueError",
        r"optimizer got an empty parameter list",
        "The model has no parameters to train. Layers in a plain Python list are not found: "
        "make them attributes, or use nn.Sequential or nn.ModuleList.",
    ),
    (
        "optimizer-needs-a-list",
        "TypeError",
        r"params argument given to the optimizer should be an iterable of Tensors or dicts, "
        r"but got .+",
        "An optimizer takes several tensors: model.parameters(), or a list, [w].",
    ),
    (
        "batch-of-one",
        "ValueError",
        r"Expected more than 1 value per channel when training, got input size .+",
        "BatchNorm needs a batch of at least two in training mode. To predict, switch to eval "
        "mode first, model.eval(); F.batch_norm hears of it by training=self.training.",
    ),
    (
        "weights-only",
        "ValueError",
        r"Fan in and fan out can not be computed for tensor with fewer than 2 dimensions",
        "kaiming_ and xavier_ are for weights, which have two dimensions. A bias has one: "
        "nn.init.zeros_ will do.",
    ),
    # ---- gradients
    (
        "no-graph",
        "RuntimeError",
        r"element 0 of tensors does not require grad and does not have a grad_fn",
        "backward() found no graph: nothing here was computed from a tensor with "
        "requires_grad=True. Was it detached, or computed under no_grad?",
    ),
    (
        "backward-on-vector",
        "RuntimeError",
        r"grad can be implicitly created only for scalar outputs",
        "backward() starts from a single number: sum or average first. So does "
        "torch.autograd.grad(y, x), where y comes first.",
    ),
    (
        "graph-freed",
        "RuntimeError",
        r"Trying to backward through the graph a second time.*",
        "The graph is freed by the first backward(). Compute the result again before the second.",
    ),
    (
        "unused-in-graph",
        "RuntimeError",
        r"(?:The differentiated Tensor at index \d+|One of the differentiated Tensors) appears to "
        r"not have been used in the graph\..*",
        "The result was not computed from this tensor, so there is no gradient. Was a copy of it "
        "made on the way, or another tensor used? torch.autograd.grad takes the result first: "
        "grad(y, x).",
    ),
    (
        "in-place-on-leaf",
        "RuntimeError",
        r"a (?:view of a )?leaf Variable that requires grad is being used in an in-place "
        r"operation\.",
        "A tensor whose gradient is tracked must not be changed in place: make a new tensor, or "
        "do the step under torch.no_grad().",
    ),
    (
        "in-place-in-graph",
        "RuntimeError",
        r"one of the variables needed for gradient computation has been modified by an inplace "
        r"operation: .*",
        "backward() needs a tensor that was changed after it had been used. Make a new one: "
        "x = x + 1 instead of x += 1, and no method whose name ends in _.",
    ),
    (
        "in-place-in-graph",
        "RuntimeError",
        r"(?:Inference tensors cannot be saved for backward\.|Setting requires_grad=True on "
        r"inference tensor outside InferenceMode).*",
        "What was computed under torch.inference_mode() can never have a gradient: use "
        "torch.no_grad(), or leave it out where a gradient is needed.",
    ),
    (
        "numpy-of-tracked-tensor",
        "RuntimeError",
        r"Can't call numpy\(\) on Tensor that requires grad\. Use tensor\.detach\(\)\.numpy\(\) "
        r"instead\.",
        "Plotting and NumPy need plain numbers: call .detach() on the tensor first.",
    ),
    (
        "integer-gradient",
        "RuntimeError",
        r"[Oo]nly Tensors of floating point (?:and complex )?dtype can require gradients",
        "Only numbers with a fraction have gradients: make the tensor float, say with 2.0.",
    ),
    (
        "flag-of-a-result",
        "RuntimeError",
        r"you can only change requires_grad flags of leaf variables\..*",
        "This tensor was computed from a tracked one, and its flag cannot be changed: .detach() "
        "gives it without its history.",
    ),
    (
        "not-a-leaf",
        "ValueError",
        r"can't optimize a non-leaf Tensor",
        "An optimizer changes tensors that you made, not results: set requires_grad last, "
        "x = start.detach().clone().requires_grad_().",
    ),
    # ---- losses
    (
        "expected-long",
        "RuntimeError",
        r"expected (?:scalar type Long but found|target dtype to be Long or Byte, but got) (\w+)",
        "The classes in target are whole numbers (int64), here they are {1}: is the target the "
        "second argument, after the logits? If so, convert it with .long().",
    ),
    (
        "expected-long",
        "RuntimeError",
        r"one_hot is only applicable to index tensor of type LongTensor\.?.*"
        r"|gather\(\): Expected dtype int\S* for index",
        "Classes are whole numbers (int64): convert them with .long().",
    ),
    (
        "expected-long",
        "IndexError",
        r"tensors used as indices must be long, int, byte or bool tensors",
        "Positions are whole numbers (int64): convert them with .long().",
    ),
    (
        "expected-float",
        "RuntimeError",
        r"\"\w+\" not implemented for '(Long|Int|Short|Byte|Char|Bool)'",
        "This needs numbers with a fraction and was given {1}: convert with .float(). Of a loss "
        "function, the first argument is what the model says, the second the target.",
    ),
    (
        "expected-float",
        "RuntimeError",
        r"mean\(\): could not infer output dtype\. Input dtype must be either a floating point or "
        r"complex dtype\. Got: (\w+)",
        "The mean of {1} numbers is a fraction: convert first, x.float().mean().",
    ),
    (
        "target-out-of-range",
        "IndexError",
        r"Target (-?\d+) is out of bounds\.",
        "There is no class {1}: classes count from 0, and the logits need a column for each.",
    ),
    (
        "target-out-of-range",
        "RuntimeError",
        r"Class values must be smaller than num_classes\.",
        "Classes count from 0: with num_classes=3 they are 0, 1 and 2.",
    ),
    (
        "target-shape",
        "RuntimeError",
        r"0D or 1D target tensor expected, multi-target not supported",
        "The second argument, the target, is one class a row, shape (N,): is it (N, 1), are the "
        "rows one-hot, or are the two arguments swapped?",
    ),
    (
        "one-hot-target",
        "RuntimeError",
        r"Expected floating point type for target with class probabilities, got (\w+)",
        "The target has the shape of the logits, so that it is taken for probabilities. Give one "
        "class a row instead, shape (N,).",
    ),
    (
        "batch-sizes",
        "ValueError",
        r"Expected input batch_size \((\d+)\) to match target batch_size \((\d+)\)\.",
        "There are {1} rows of logits for {2} targets: each row needs one target. Print both "
        "shapes just before this line.",
    ),
    # ---- devices
    (
        "device-mismatch",
        "RuntimeError",
        r"Expected all tensors to be on the same device.*"
        r"|Tensor on device \S+ is not on the expected device \S+!"
        r"|Input type \(torch\.\w+\) and weight type \(torch\.cuda\.\w+\) should be the same.*"
        r"|indices should be either on .+ or on the same device as the indexed tensor \(.+\)",
        "Model and batch are on different devices: move both with .to(device).",
    ),
    (
        "no-such-device",
        "AssertionError|RuntimeError",
        r"Torch not compiled with CUDA enabled|Found no NVIDIA driver on your system.*"
        r"|No CUDA GPUs are available"
        r"|PyTorch is not linked with support for \w+ devices",
        "This machine has no such GPU. Do not write .cuda(): use .to(device) with the device you "
        "are given.",
    ),
    (
        "unknown-device",
        "RuntimeError",
        r"Expected one of .+ device type at start of device string: (\S*)",
        'There is no kind of device called "{1}". The usual ones are "cpu", "cuda" and "mps".',
    ),
    (
        "numpy-of-gpu-tensor",
        "TypeError",
        r"can't convert \S+ device type tensor to numpy\. Use Tensor\.cpu\(\).*",
        "Plotting and NumPy need the numbers in main memory: call .cpu() on the tensor first.",
    ),
]
