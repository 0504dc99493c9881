"""Day 9: attempts that the tests must tell apart."""

import math
from functools import partial

import torch
import torch.nn.functional as F
from torch import nn

from kata.attempts import right, wrong

# forward_by_hand -----------------------------------------------------------------------------


@wrong("forward_by_hand", mistake="no-activation")
def without_relu(x, w1, b1, w2, b2):
    return (x @ w1.T + b1) @ w2.T + b2


@wrong("forward_by_hand", mistake="relu-on-logits")
def relu_twice(x, w1, b1, w2, b2):
    return torch.relu(torch.relu(x @ w1.T + b1) @ w2.T + b2)


@wrong("forward_by_hand", mistake="relu-on-logits-only")
def relu_at_the_end_only(x, w1, b1, w2, b2):
    return ((x @ w1.T + b1) @ w2.T + b2).relu()


@wrong("forward_by_hand", mistake="softmax-in-forward")
def probabilities(x, w1, b1, w2, b2):
    return F.softmax(F.relu(F.linear(x, w1, b1)) @ w2.T + b2, dim=1)


@wrong("forward_by_hand", mistake="bias-forgotten")
def no_bias_at_all(x, w1, b1, w2, b2):
    return F.relu(x @ w1.T) @ w2.T


@wrong("forward_by_hand", mistake="first-bias-forgotten")
def no_first_bias(x, w1, b1, w2, b2):
    return F.relu(x @ w1.T) @ w2.T + b2


@wrong("forward_by_hand", mistake="bias-after-activation")
def bias_too_late(x, w1, b1, w2, b2):
    return (F.relu(x @ w1.T) + b1) @ w2.T + b2


@wrong("forward_by_hand", mistake="matrix-shapes")
def weights_not_transposed(x, w1, b1, w2, b2):
    return torch.relu(x @ w1 + b1) @ w2 + b2


@wrong("forward_by_hand", mistake="matrix-shapes")
def only_for_square_weights(x, w1, b1, w2, b2):
    hidden = torch.relu(torch.mm(x, w1) + b1)
    return torch.mm(hidden, w2) + b2


@wrong("forward_by_hand", mistake="returns-none")
def computes_and_forgets(x, w1, b1, w2, b2):
    hidden = torch.relu(x @ w1.T + b1)
    hidden @ w2.T + b2


@wrong("forward_by_hand", mistake="graph-lost")
@torch.no_grad()
def without_gradient(x, w1, b1, w2, b2):
    return torch.relu(x @ w1.T + b1) @ w2.T + b2


@wrong("forward_by_hand", mistake="numpy-of-tracked-tensor")
def with_numpy(x, w1, b1, w2, b2):
    hidden = (x.numpy() @ w1.numpy().T + b1.numpy()).clip(0)
    return torch.from_numpy(hidden @ w2.numpy().T + b2.numpy())


@wrong("forward_by_hand", mistake="argument-changed")
def changes_the_bias(x, w1, b1, w2, b2):
    x = x.mul_(2).div_(2).clamp_(-1e9)
    x += 1e-3
    hidden = torch.relu((x - 1e-3) @ w1.T + b1)
    return hidden @ w2.T + b2


@wrong("forward_by_hand", mistake="constant-answer")
def the_answer_of_the_example(x, w1, b1, w2, b2):
    return torch.tensor([[3.5]])


@right("forward_by_hand")
def with_functional(x, w1, b1, w2, b2):
    return F.linear(F.relu(F.linear(x, w1, b1)), w2, b2)


@right("forward_by_hand")
def in_place_on_its_own(x, w1, b1, w2, b2):
    hidden = x.matmul(w1.t())
    hidden = hidden + b1
    hidden[hidden < 0] = 0
    return torch.addmm(b2, hidden, w2.t())


@right("forward_by_hand")
def with_maximum_and_einsum(x, w1, b1, w2, b2, zero=0.0):
    hidden = torch.einsum("nd,hd->nh", x, w1) + b1
    hidden = torch.maximum(hidden, torch.tensor(zero))
    return torch.einsum("nh,ch->nc", hidden, w2) + b2


def relu(z):
    return torch.where(z > 0, z, torch.zeros_like(z))


@right("forward_by_hand")
def with_a_relu_of_its_own(x, w1, b1, w2, b2):
    return relu(x @ w1.transpose(0, 1) + b1) @ w2.transpose(0, 1) + b2


def multiply_by_loops(a, b):
    return torch.stack([torch.stack([(row * column).sum() for column in b.T]) for row in a])


@right("forward_by_hand")
def with_loops(x, w1, b1, w2, b2):
    rows = []
    for hidden in multiply_by_loops(x, w1.T) + b1:
        rows.append(hidden * (hidden > 0))
    return multiply_by_loops(torch.stack(rows), w2.T) + b2


# OneHiddenLayerNet ---------------------------------------------------------------------------


@wrong("OneHiddenLayerNet", mistake="missing-super-init")
class WithoutSuper(nn.Module):
    def __init__(self, in_features=784, hidden=128, classes=10):
        self.layer1 = nn.Linear(in_features, hidden)
        self.layer2 = nn.Linear(hidden, classes)

    def forward(self, x):
        return self.layer2(F.relu(self.layer1(x.flatten(1))))


@wrong("OneHiddenLayerNet", mistake="layers-not-registered")
class LayersInAList(nn.Module):
    def __init__(self, in_features=784, hidden=128, classes=10):
        super().__init__()
        self.layers = [nn.Linear(in_features, hidden), nn.Linear(hidden, classes)]

    def forward(self, x):
        return self.layers[1](F.relu(self.layers[0](x.flatten(1))))


@wrong("OneHiddenLayerNet", mistake="bias-forgotten")
class WithoutBias(nn.Module):
    def __init__(self, in_features=784, hidden=128, classes=10):
        super().__init__()
        self.layer1 = nn.Linear(in_features, hidden, bias=False)
        self.layer2 = nn.Linear(hidden, classes, bias=False)

    def forward(self, x):
        return self.layer2(F.relu(self.layer1(x.flatten(1))))


@wrong("OneHiddenLayerNet", mistake="wrong-layers")
class SizesHardCoded(nn.Module):
    def __init__(self, in_features=784, hidden=128, classes=10):
        super().__init__()
        self.layer1 = nn.Linear(784, 128)
        self.layer2 = nn.Linear(128, 10)

    def forward(self, x):
        return self.layer2(F.relu(self.layer1(x.flatten(1))))


@wrong("OneHiddenLayerNet", mistake="wrong-layers")
class OneLayerTooMany(nn.Module):
    def __init__(self, in_features=784, hidden=128, classes=10):
        super().__init__()
        self.layer1 = nn.Linear(in_features, hidden)
        self.layer2 = nn.Linear(hidden, hidden)
        self.layer3 = nn.Linear(hidden, classes)

    def forward(self, x):
        x = F.relu(self.layer1(x.flatten(1)))
        return self.layer3(F.relu(self.layer2(x)))


@wrong("OneHiddenLayerNet", mistake="constant-weights")
class SeedInside(nn.Module):
    def __init__(self, in_features=784, hidden=128, classes=10):
        super().__init__()
        torch.manual_seed(0)
        self.layer1 = nn.Linear(in_features, hidden)
        self.layer2 = nn.Linear(hidden, classes)

    def forward(self, x):
        return self.layer2(F.relu(self.layer1(x.flatten(1))))


@wrong("OneHiddenLayerNet", mistake="constant-weights")
class ZeroWeights(nn.Module):
    def __init__(self, in_features=784, hidden=128, classes=10):
        super().__init__()
        self.w1 = nn.Parameter(torch.zeros(hidden, in_features))
        self.b1 = nn.Parameter(torch.zeros(hidden))
        self.w2 = nn.Parameter(torch.zeros(classes, hidden))
        self.b2 = nn.Parameter(torch.zeros(classes))

    def forward(self, x):
        return torch.relu(x.flatten(1) @ self.w1.T + self.b1) @ self.w2.T + self.b2


@wrong("OneHiddenLayerNet.forward", mistake="relu-on-logits")
def relu_on_the_logits(self, x):
    x = F.relu(self.hidden_layer(x.flatten(1)))
    return F.relu(self.output_layer(x))


@wrong("OneHiddenLayerNet.forward", mistake="softmax-in-forward")
def softmax_at_the_end(self, x):
    x = F.relu(self.hidden_layer(x.flatten(1)))
    return F.softmax(self.output_layer(x), dim=-1)


@wrong("OneHiddenLayerNet.forward", mistake="log-softmax-in-forward")
def log_softmax_at_the_end(self, x):
    x = F.relu(self.hidden_layer(x.flatten(1)))
    return F.log_softmax(self.output_layer(x), dim=1)


@wrong("OneHiddenLayerNet.forward", mistake="no-activation")
def no_activation(self, x):
    return self.output_layer(self.hidden_layer(x.flatten(1)))


@wrong("OneHiddenLayerNet.forward", mistake="sigmoid-for-relu")
def sigmoid_between(self, x):
    return self.output_layer(torch.sigmoid(self.hidden_layer(x.flatten(1))))


@wrong("OneHiddenLayerNet.forward", mistake="returns-none")
def forgets_to_return(self, x):
    h = torch.relu(self.hidden_layer(x.flatten(1)))
    self.output_layer(h)


@wrong("OneHiddenLayerNet.forward", mistake="batch-flattened")
def flattens_the_batch_of_one(self, x):
    x = x.flatten() if len(x) == 1 else x.flatten(1)
    return self.output_layer(torch.relu(self.hidden_layer(x)))


@wrong("OneHiddenLayerNet.forward", mistake="batch-flattened")
def squeezes_the_result(self, x):
    x = torch.relu(self.hidden_layer(x.flatten(1)))
    return self.output_layer(x).squeeze()


@wrong("OneHiddenLayerNet.forward", mistake="matrix-shapes")
def does_not_flatten(self, x):
    return self.output_layer(torch.relu(self.hidden_layer(x)))


@wrong("OneHiddenLayerNet.forward", mistake="impossible-reshape")
def flattens_to_mnist_only(self, x):
    x = x.view(-1, 28 * 28)
    return self.output_layer(torch.relu(self.hidden_layer(x)))


@wrong("OneHiddenLayerNet.forward", mistake="graph-lost")
def detaches(self, x):
    x = torch.relu(self.hidden_layer(x.flatten(1)))
    return self.output_layer(x).detach()


@wrong("OneHiddenLayerNet.forward", mistake="graph-lost")
def detaches_in_the_middle(self, x):
    x = torch.relu(self.hidden_layer(x.flatten(1))).detach()
    return self.output_layer(x)


@wrong("OneHiddenLayerNet.forward", mistake="argument-changed")
def changes_the_images(self, x):
    x -= 0.5
    x += 0.5
    x.clamp_(-3, 3).mul_(1.5)
    return self.output_layer(torch.relu(self.hidden_layer((x / 1.5).flatten(1))))


@wrong("OneHiddenLayerNet", mistake="missing-forward")
class Misspelled(nn.Module):
    def __init__(self, in_features=784, hidden=128, classes=10):
        super().__init__()
        self.layer1 = nn.Linear(in_features, hidden)
        self.layer2 = nn.Linear(hidden, classes)

    def foward(self, x):
        return self.layer2(F.relu(self.layer1(x.flatten(1))))


@right("OneHiddenLayerNet")
class WithSequential(nn.Module):
    def __init__(self, in_features=784, hidden=128, classes=10):
        super().__init__()
        self.net = nn.Sequential(
            nn.Flatten(), nn.Linear(in_features, hidden), nn.ReLU(), nn.Linear(hidden, classes)
        )

    def forward(self, x):
        return self.net(x)


@right("OneHiddenLayerNet")
class ASequentialItself(nn.Sequential):
    def __init__(self, in_features=784, hidden=128, classes=10):
        super().__init__(
            nn.Flatten(),
            nn.Linear(in_features, hidden),
            nn.ReLU(inplace=True),
            nn.Linear(hidden, classes),
        )


@right("OneHiddenLayerNet")
class OutputLayerFirst(nn.Module):
    def __init__(self, in_features=784, hidden=128, classes=10, device=None):
        super(OutputLayerFirst, self).__init__()
        self.out = nn.Linear(hidden, classes, device=device)
        self.activation = nn.ReLU()
        self.in_ = nn.Linear(in_features, hidden, device=device)

    def forward(self, x):
        N = x.shape[0]
        x = self.in_(x.reshape(N, -1))
        return self.out(self.activation(x))


class MyLinear(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        bound = 1 / math.sqrt(inputs)
        self.weight = nn.Parameter(torch.empty(outputs, inputs).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.empty(outputs).uniform_(-bound, bound))

    def forward(self, x):
        return x @ self.weight.T + self.bias


@right("OneHiddenLayerNet")
class WithLayersOfItsOwn(nn.Module):
    def __init__(self, in_features=784, hidden=128, classes=10):
        super().__init__()
        self.layers = nn.ModuleList([MyLinear(in_features, hidden), MyLinear(hidden, classes)])

    def forward(self, x):
        first, second = self.layers
        return second(first(x.view(x.size(0), -1)).clamp(min=0))


@right("OneHiddenLayerNet")
class WithDropoutOfZero(nn.Module):
    def __init__(self, in_features=784, hidden=128, classes=10):
        super().__init__()
        make = partial(nn.Linear, bias=True)
        self.fc1, self.fc2 = make(in_features, hidden), make(hidden, classes)
        nn.init.kaiming_normal_(self.fc1.weight)
        self.dropout = nn.Dropout(0.0)

    def forward(self, x):
        return self.fc2(self.dropout(F.relu(self.fc1(torch.flatten(x, 1)))))


# predict -------------------------------------------------------------------------------------


@wrong("predict", mistake="argmax-over-batch")
def over_the_batch(model, x):
    was = model.training
    model.eval()
    with torch.no_grad():
        result = model(x).argmax(0)
    model.train(was)
    return result


@wrong("predict", mistake="argmax-over-everything")
def over_everything(model, x):
    was = model.training
    model.eval()
    with torch.no_grad():
        result = model(x).argmax()
    model.train(was)
    return result


@wrong("predict", mistake="largest-value")
def the_logit_itself(model, x):
    was = model.training
    model.eval()
    with torch.no_grad():
        result = model(x).max(1)[0]
    model.train(was)
    return result


@wrong("predict", mistake="keepdim")
def one_column(model, x):
    was = model.training
    model.eval()
    with torch.no_grad():
        result = model(x).argmax(1, keepdim=True)
    model.train(was)
    return result


@wrong("predict", mistake="no-eval-mode")
def in_the_mode_it_finds(model, x):
    with torch.no_grad():
        return model(x).argmax(1)


@wrong("predict", mistake="gradients-on")
def with_gradients(model, x):
    was = model.training
    model.eval()
    result = model(x).argmax(1)
    model.train(was)
    return result


@wrong("predict", mistake="mode-not-restored")
def leaves_eval_mode(model, x):
    model.eval()
    with torch.no_grad():
        return model(x).argmax(1)


@wrong("predict", mistake="mode-not-restored")
def always_trains_afterwards(model, x):
    model.eval()
    with torch.no_grad():
        result = model(x).argmax(1)
    model.train()
    return result


@wrong("predict", mistake="list-instead-of-tensor")
def a_list_of_classes(model, x):
    was = model.training
    model.eval()
    with torch.no_grad():
        result = model(x).argmax(1).tolist()
    model.train(was)
    return result


@wrong("predict", mistake="wrong-dtype")
def classes_as_floats(model, x):
    was = model.training
    model.eval()
    with torch.no_grad():
        result = model(x).argmax(1).float()
    model.train(was)
    return result


@right("predict")
def with_inference_mode(model, x):
    training = model.training
    try:
        model.eval()
        with torch.inference_mode():
            return torch.max(model(x), dim=-1).indices
    finally:
        model.train(training)


@right("predict")
@torch.no_grad()
def decorated_and_sorted(model, x):
    before = model.training
    model = model.train(mode=False)
    order = model(x).softmax(dim=1).sort(dim=1, descending=True).indices
    if before:
        model.train()
    return order[:, 0]


@right("predict")
def one_row_at_a_time(model, x):
    training = model.training
    model.eval()
    torch.set_grad_enabled(False)
    classes = [int(model(row.unsqueeze(0)).topk(1).indices) for row in x]
    torch.set_grad_enabled(True)
    model.train(training)
    return torch.tensor(classes)


# DeepNet -------------------------------------------------------------------------------------


@wrong("DeepNet", mistake="layers-not-registered")
class DeepInAList(nn.Module):
    def __init__(self, layer_sizes):
        super().__init__()
        self.layers = [nn.Linear(a, b) for a, b in zip(layer_sizes, layer_sizes[1:])]

    def forward(self, x):
        x = x.flatten(1)
        for layer in self.layers[:-1]:
            x = torch.relu(layer(x))
        return self.layers[-1](x)


@wrong("DeepNet.forward", mistake="relu-on-logits")
def relu_after_every_layer(self, x):
    x = x.flatten(1)
    for layer in self.layers:
        x = torch.relu(layer(x))
    return x


@wrong("DeepNet.forward", mistake="no-activation")
def deep_but_linear(self, x):
    x = x.flatten(1)
    for layer in self.layers:
        x = layer(x)
    return x


@right("DeepNet")
class DeepSequential(nn.Module):
    def __init__(self, layer_sizes):
        super().__init__()
        layers = [nn.Flatten()]
        for i in range(len(layer_sizes) - 1):
            layers.append(nn.Linear(layer_sizes[i], layer_sizes[i + 1]))
            layers.append(nn.ReLU())
        self.net = nn.Sequential(*layers[:-1])

    def forward(self, x):
        return self.net(x)
