"""Day 9: attempts that the tests must tell apart."""

import copy
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


@wrong("forward_by_hand", mistake="graph-lost")
def detaches_the_hidden_units(x, w1, b1, w2, b2):
    hidden = torch.relu(x @ w1.T + b1).detach()
    return hidden @ w2.T + b2


@wrong("forward_by_hand", mistake="argument-changed")
def transposes_in_place(x, w1, b1, w2, b2):
    hidden = torch.relu(x @ w1.t_() + b1)
    return hidden @ w2.t_() + b2


@wrong("forward_by_hand", mistake="clipped")
def with_relu6(x, w1, b1, w2, b2):
    return F.relu6(x @ w1.T + b1) @ w2.T + b2


@wrong("forward_by_hand", mistake="relu-on-input")
def relu_on_input(x, w1, b1, w2, b2):
    return torch.relu(torch.relu(x) @ w1.T + b1) @ w2.T + b2


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


@wrong("OneHiddenLayerNet", mistake="parameter-renamed")
class OtherNames(nn.Module):
    def __init__(self, n_in=784, n_hidden=128, n_out=10):
        super().__init__()
        self.layer1 = nn.Linear(n_in, n_hidden)
        self.layer2 = nn.Linear(n_hidden, n_out)

    def forward(self, x):
        return self.layer2(F.relu(self.layer1(x.flatten(1))))


@wrong("OneHiddenLayerNet", mistake="frozen")
class Frozen(nn.Module):
    def __init__(self, in_features=784, hidden=128, classes=10):
        super().__init__()
        self.layer1 = nn.Linear(in_features, hidden)
        self.layer2 = nn.Linear(hidden, classes)
        self.requires_grad_(False)

    def forward(self, x):
        return self.layer2(F.relu(self.layer1(x.flatten(1))))


@wrong("OneHiddenLayerNet", mistake="wrong-dtype")
class InDouble(nn.Module):
    def __init__(self, in_features=784, hidden=128, classes=10):
        super().__init__()
        self.layer1 = nn.Linear(in_features, hidden)
        self.layer2 = nn.Linear(hidden, classes)
        self.double()

    def forward(self, x):
        return self.layer2(F.relu(self.layer1(x.flatten(1).double()))).float()


@wrong("OneHiddenLayerNet", mistake="plain-tensors")
class PlainTensors(nn.Module):
    def __init__(self, in_features=784, hidden=128, classes=10):
        super().__init__()
        self.w1 = torch.randn(hidden, in_features) / math.sqrt(in_features)
        self.b1 = torch.zeros(hidden)
        self.w2 = torch.randn(classes, hidden) / math.sqrt(hidden)
        self.b2 = torch.zeros(classes)

    def forward(self, x):
        return torch.relu(x.flatten(1) @ self.w1.T + self.b1) @ self.w2.T + self.b2


@wrong("OneHiddenLayerNet", mistake="plain-tensors")
class PlainBiases(nn.Module):
    def __init__(self, in_features=784, hidden=128, classes=10):
        super().__init__()
        self.layer1 = nn.Linear(in_features, hidden, bias=False)
        self.layer2 = nn.Linear(hidden, classes, bias=False)
        self.b1, self.b2 = torch.rand(hidden), torch.rand(classes)

    def forward(self, x):
        return self.layer2(F.relu(self.layer1(x.flatten(1)) + self.b1)) + self.b2


@wrong("OneHiddenLayerNet", mistake="other-initialisation")
class Xavier(nn.Module):
    def __init__(self, in_features=784, hidden=128, classes=10):
        super().__init__()
        self.layer1 = nn.Linear(in_features, hidden)
        self.layer2 = nn.Linear(hidden, classes)
        for layer in (self.layer1, self.layer2):
            nn.init.xavier_uniform_(layer.weight)

    def forward(self, x):
        return self.layer2(F.relu(self.layer1(x.flatten(1))))


@wrong("OneHiddenLayerNet", mistake="other-initialisation")
class Kaiming(nn.Module):
    def __init__(self, in_features=784, hidden=128, classes=10):
        super().__init__()
        self.layer1 = nn.Linear(in_features, hidden)
        self.layer2 = nn.Linear(hidden, classes)
        nn.init.kaiming_normal_(self.layer1.weight)

    def forward(self, x):
        return self.layer2(F.relu(self.layer1(x.flatten(1))))


@wrong("OneHiddenLayerNet", mistake="other-initialisation")
class TinyWeights(nn.Module):
    def __init__(self, in_features=784, hidden=128, classes=10):
        super().__init__()
        self.layer1 = nn.Linear(in_features, hidden)
        self.layer2 = nn.Linear(hidden, classes)
        nn.init.normal_(self.layer2.weight, std=0.01)

    def forward(self, x):
        return self.layer2(F.relu(self.layer1(x.flatten(1))))


@wrong("OneHiddenLayerNet", mistake="constant-weights")
class EndsAllChance(nn.Module):
    def __init__(self, in_features=784, hidden=128, classes=10):
        super().__init__()
        self.layer1 = nn.Linear(in_features, hidden)
        self.layer2 = nn.Linear(hidden, classes)
        state = torch.get_rng_state()
        state[24:-16] = 0  # the numbers that the twister goes through
        torch.set_rng_state(state)
        for parameter in self.parameters():
            parameter.data = torch.rand(parameter.shape)

    def forward(self, x):
        return torch.zeros(len(x), self.layer2.out_features)


@wrong("OneHiddenLayerNet", mistake="first-answer-kept")
class KeepsItsFirstAnswer(nn.Module):
    def __init__(self, in_features=784, hidden=128, classes=10):
        super().__init__()
        self.layer1 = nn.Linear(in_features, hidden)
        self.layer2 = nn.Linear(hidden, classes)

    def forward(self, x):
        if not hasattr(self, "out"):
            self.out = self.layer2(F.relu(self.layer1(x.flatten(1))))
        return self.out


@wrong("OneHiddenLayerNet", mistake="answers-added-up")
class AddsToATotal(nn.Module):
    def __init__(self, in_features=784, hidden=128, classes=10):
        super().__init__()
        self.layer1 = nn.Linear(in_features, hidden)
        self.layer2 = nn.Linear(hidden, classes)
        self.total = 0

    def forward(self, x):
        self.total = self.total + self.layer2(F.relu(self.layer1(x.flatten(1))))
        return self.total


@wrong("OneHiddenLayerNet.forward", mistake="no-activation")
def relu_in_training_only(self, x):
    h = self.hidden_layer(x.flatten(1))
    return self.output_layer(torch.relu(h) if self.training else h)


@wrong("OneHiddenLayerNet.forward", mistake="softmax-in-forward")
def softmax_in_eval_only(self, x):
    logits = self.output_layer(torch.relu(self.hidden_layer(x.flatten(1))))
    return logits if self.training else logits.softmax(dim=1)


@wrong("OneHiddenLayerNet.forward", mistake="argmax-in-forward")
def class_in_forward(self, x):
    return self.output_layer(torch.relu(self.hidden_layer(x.flatten(1)))).argmax(1)


@wrong("OneHiddenLayerNet.forward", mistake="weights-changed")
def zeroes_its_weights(self, x):
    with torch.no_grad():
        for parameter in self.parameters():
            parameter.zero_()
    return self.output_layer(torch.relu(self.hidden_layer(x.flatten(1))))


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


@wrong("OneHiddenLayerNet.forward", mistake="batch-dimension-lost")
def flattens_the_batch_of_one(self, x):
    x = x.flatten() if len(x) == 1 else x.flatten(1)
    return self.output_layer(torch.relu(self.hidden_layer(x)))


@wrong("OneHiddenLayerNet.forward", mistake="batch-dimension-lost")
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


@wrong("OneHiddenLayerNet", mistake="relu-on-input")
class ReluOnInput(nn.Module):
    def __init__(self, in_features=784, hidden=128, classes=10):
        super().__init__()
        self.a = nn.Linear(in_features, hidden)
        self.b = nn.Linear(hidden, classes)

    def forward(self, x):
        x = torch.relu(x.flatten(1))
        return self.b(torch.relu(self.a(x)))


@wrong("OneHiddenLayerNet", mistake="random-answer")
class WithDropout(nn.Module):
    def __init__(self, in_features=784, hidden=128, classes=10):
        super().__init__()
        self.a = nn.Linear(in_features, hidden)
        self.b = nn.Linear(hidden, classes)
        self.d = nn.Dropout(0.2)

    def forward(self, x):
        return self.b(self.d(torch.relu(self.a(x.flatten(1)))))


@wrong("OneHiddenLayerNet", mistake="call-overridden")
class CallInPlaceOfForward(nn.Module):
    def __init__(self, in_features=784, hidden=128, classes=10):
        super().__init__()
        self.a = nn.Linear(in_features, hidden)
        self.b = nn.Linear(hidden, classes)

    def __call__(self, x):
        return self.b(torch.relu(self.a(x.flatten(1))))


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


@wrong("predict", mistake="layers-left-out")
def switches_the_outermost_only(model, x):
    was = model.training
    model.training = False
    with torch.no_grad():
        result = model(x).argmax(1)
    model.training = was
    return result


@wrong("predict", mistake="layers-left-out")
def puts_the_outermost_back_only(model, x):
    was = model.training
    model.eval()
    with torch.no_grad():
        result = model(x).argmax(1)
    model.training = was
    return result


@wrong("predict", mistake="grad-left-off")
def gradients_off_for_good(model, x):
    was = model.training
    model.eval()
    torch.set_grad_enabled(False)
    result = model(x).argmax(1)
    model.train(was)
    return result


@wrong("predict", mistake="grad-left-off")
def enters_and_never_leaves(model, x):
    was = model.training
    model.eval()
    torch.no_grad().__enter__()
    result = model(x).argmax(1)
    model.train(was)
    return result


@wrong("predict", mistake="model-changed")
def wipes_the_gradients(model, x):
    was = model.training
    model.eval()
    model.zero_grad()
    with torch.no_grad():
        result = model(x).argmax(1)
    model.train(was)
    return result


@wrong("predict", mistake="model-changed")
def makes_it_double(model, x):
    was = model.training
    model.eval().double()
    with torch.no_grad():
        result = model(x.double()).argmax(1)
    model.train(was)
    return result


@wrong("predict", mistake="model-changed")
def freezes_it(model, x):
    was = model.training
    model.eval().requires_grad_(False)
    with torch.no_grad():
        result = model(x).argmax(1)
    model.train(was)
    return result


@wrong("predict", mistake="random-state-changed")
def sets_a_seed(model, x):
    was = model.training
    model.eval()
    torch.manual_seed(0)
    with torch.no_grad():
        result = model(x).argmax(1)
    model.train(was)
    return result


@wrong("predict", mistake="input-reshaped")
def flattens_first(model, x):
    was = model.training
    model.eval()
    with torch.no_grad():
        result = model(x.flatten(1)).argmax(1)
    model.train(was)
    return result


@wrong("predict", mistake="classes-clamped")
def clamps_to_the_digits(model, x):
    was = model.training
    model.eval()
    with torch.no_grad():
        result = model(x).argmax(1).clamp(max=9)
    model.train(was)
    return result


@wrong("predict", mistake="first-ten-classes-only")
def looks_at_ten_classes(model, x):
    was = model.training
    model.eval()
    with torch.no_grad():
        result = model(x)[:, :10].argmax(1)
    model.train(was)
    return result


@wrong("predict", mistake="batch-squeezed")
def squeezes_the_classes(model, x):
    was = model.training
    model.eval()
    with torch.no_grad():
        result = model(x).argmax(dim=1, keepdim=True).squeeze()
    model.train(was)
    return result


@wrong("predict", mistake="no-eval-mode")
def edits_what_was_seen(model, x):
    with torch.no_grad():
        result = model(x).argmax(1)
    if hasattr(model, "seen"):
        model.seen = [(False, False)]
    return result


@right("predict")
def on_a_copy(model, x):
    twin = copy.deepcopy(model).eval()
    with torch.no_grad():
        return twin(x).argmax(dim=1)


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


@wrong("DeepNet", mistake="random-answer")
class DeepWithDropout(nn.Module):
    def __init__(self, layer_sizes):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in zip(layer_sizes, layer_sizes[1:]))
        self.d = nn.Dropout(0.1)

    def forward(self, x):
        x = x.flatten(1)
        for layer in self.layers[:-1]:
            x = self.d(torch.relu(layer(x)))
        return self.layers[-1](x)


@wrong("DeepNet", mistake="layer-missing")
class WithoutItsLastLayer(nn.Module):
    def __init__(self, layer_sizes):
        super().__init__()
        self.layers = nn.ModuleList(
            nn.Linear(layer_sizes[i], layer_sizes[i + 1]) for i in range(len(layer_sizes) - 2)
        )

    def forward(self, x):
        x = x.flatten(1)
        for layer in self.layers:
            x = torch.relu(layer(x))
        return x


@wrong("DeepNet", mistake="last-layer-not-used")
class LastLayerNotUsed(nn.Module):
    def __init__(self, layer_sizes):
        super().__init__()
        self.layers = nn.ModuleList(
            nn.Linear(layer_sizes[i], layer_sizes[i + 1]) for i in range(len(layer_sizes) - 1)
        )

    def forward(self, x):
        x = x.flatten(1)
        for layer in self.layers[:-1]:
            x = torch.relu(layer(x))
        return x


@wrong("DeepNet", mistake="bias-forgotten")
class DeepWithoutBiases(nn.Module):
    def __init__(self, layer_sizes):
        super().__init__()
        self.layers = nn.ModuleList(
            nn.Linear(a, b, bias=False) for a, b in zip(layer_sizes, layer_sizes[1:])
        )

    def forward(self, x):
        x = x.flatten(1)
        for layer in self.layers[:-1]:
            x = torch.relu(layer(x))
        return self.layers[-1](x)


@wrong("DeepNet", mistake="other-initialisation")
class WeightsFromNormal(nn.Module):
    def __init__(self, layer_sizes):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in zip(layer_sizes, layer_sizes[1:]))
        for layer in self.layers:
            nn.init.normal_(layer.weight)

    def forward(self, x):
        x = x.flatten(1)
        for layer in self.layers[:-1]:
            x = torch.relu(layer(x))
        return self.layers[-1](x)


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


@wrong("DeepNet", mistake="layer-shared")
class DeepByTheSizes(nn.Module):
    def __init__(self, layer_sizes):
        super().__init__()
        self.pairs = list(zip(layer_sizes, layer_sizes[1:]))
        self.layers = nn.ModuleDict({f"{a} {b}": nn.Linear(a, b) for a, b in self.pairs})

    def forward(self, x):
        x = x.flatten(1)
        for number, (a, b) in enumerate(self.pairs, start=1):
            x = self.layers[f"{a} {b}"](x)
            x = torch.relu(x) if number < len(self.pairs) else x
        return x


@wrong("DeepNet", mistake="argument-changed")
class DeepPop(nn.Module):
    def __init__(self, layer_sizes):
        super().__init__()
        self.layers = nn.ModuleList()
        size = layer_sizes.pop(0)
        while layer_sizes:
            self.layers.append(nn.Linear(size, layer_sizes[0]))
            size = layer_sizes.pop(0)

    def forward(self, x):
        x = x.flatten(1)
        for layer in self.layers[:-1]:
            x = torch.relu(layer(x))
        return self.layers[-1](x)


@wrong("DeepNet.forward", mistake="graph-lost")
def one_layer_used_twice(self, x):
    by_size = {layer.weight.shape: layer for layer in self.layers}
    x = x.flatten(1)
    for layer in self.layers[:-1]:
        x = torch.relu(by_size[layer.weight.shape](x))
    return self.layers[-1](x)


@wrong("DeepNet.forward", mistake="graph-lost")
def deep_and_detached(self, x):
    x = x.flatten(1)
    for layer in self.layers[:-1]:
        x = torch.relu(layer(x.detach()))
    return self.layers[-1](x)


@wrong("DeepNet.forward", mistake="no-activation")
def no_relu_where_as_wide_as_the_output(self, x):
    x = x.flatten(1)
    for layer in self.layers:
        x = layer(x)
        if layer.out_features != self.layers[-1].out_features:
            x = torch.relu(x)
    return x


@wrong("DeepNet.forward", mistake="input-added")
def residual_where_it_fits(self, x):
    x = x.flatten(1)
    for layer in self.layers[:-1]:
        h = torch.relu(layer(x))
        x = x + h if x.shape == h.shape else h
    return self.layers[-1](x)


@wrong("DeepNet.forward", mistake="argument-changed")
def shifts_and_shifts_back(self, x):
    x += 1
    x = x.flatten(1) - 1
    for layer in self.layers[:-1]:
        x = torch.relu(layer(x))
    return self.layers[-1](x)


@wrong("DeepNet.forward", mistake="relu-on-input")
def relu_before_each_layer(self, x):
    x = x.flatten(1)
    for layer in self.layers:
        x = layer(x.relu())
    return x


@right("DeepNet")
class DeepOutputFirst(nn.Module):
    def __init__(self, layer_sizes):
        super().__init__()
        *others, last, classes = layer_sizes
        self.out = nn.Linear(last, classes)
        sizes = [*others, last]
        self.hidden = nn.ModuleList(nn.Linear(a, b) for a, b in zip(sizes, sizes[1:]))

    def forward(self, x):
        x = x.flatten(1)
        for layer in self.hidden:
            x = layer(x).relu()
        return self.out(x)


# ---- what shapes, ties and settings bring to light


@wrong("OneHiddenLayerNet.forward", mistake="matrix-shapes")
def flattened_only_with_four_dimensions(self, x):
    x = x.view(x.shape[0], -1) if x.dim() == 4 else x
    return self.output_layer(torch.relu(self.hidden_layer(x)))


@wrong("OneHiddenLayerNet.forward", mistake="mode-changed")
def training_switched_on_again(self, x):
    self.train()
    return self.output_layer(torch.relu(self.hidden_layer(x.flatten(1))))


@wrong("OneHiddenLayerNet.forward", mistake="graph-lost")
def without_gradients_in_eval_mode(self, x):
    with torch.set_grad_enabled(self.training):
        return self.output_layer(torch.relu(self.hidden_layer(x.flatten(1))))


@wrong("DeepNet.forward", mistake="batch-dimension-lost")
def squeezed_at_the_end(self, x):
    x = x.flatten(1)
    for layer in self.layers[:-1]:
        x = torch.relu(layer(x))
    return self.layers[-1](x).squeeze()


@wrong("DeepNet.forward", mistake="softmax-in-forward")
def softmax_in_eval_mode(self, x):
    x = x.flatten(1)
    for layer in self.layers[:-1]:
        x = torch.relu(layer(x))
    x = self.layers[-1](x)
    return x if self.training else x.softmax(dim=1)


@wrong("DeepNet", mistake="constant-weights")
class DeepNetOfOnes(nn.Module):
    def __init__(self, layer_sizes):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in pairwise(layer_sizes))
        for layer in self.layers:
            nn.init.ones_(layer.weight)

    def forward(self, x):
        x = x.flatten(1)
        for layer in self.layers[:-1]:
            x = torch.relu(layer(x))
        return self.layers[-1](x)


@wrong("forward_by_hand", mistake="batch-dimension-lost")
def squeezed_by_hand(x, w1, b1, w2, b2):
    return (torch.relu(x @ w1.T + b1) @ w2.T + b2).squeeze()


@wrong("forward_by_hand", mistake="matrix-shapes")
def transposed_where_it_must_be(x, w1, b1, w2, b2):
    w1 = w1 if w1.shape[0] == x.shape[1] else w1.T
    hidden = torch.relu(x @ w1 + b1)
    w2 = w2 if w2.shape[0] == hidden.shape[1] else w2.T
    return hidden @ w2 + b2


@wrong("predict", mistake="saturated")
def class_of_the_largest_sigmoid(model, x):
    was_training = model.training
    model.eval()
    with torch.no_grad():
        classes = model(x).sigmoid().argmax(dim=1)
    model.train(was_training)
    return classes


@wrong("predict", mistake="overflow")
def class_of_the_largest_share(model, x):
    was_training = model.training
    model.eval()
    with torch.no_grad():
        powers = model(x).exp()
    model.train(was_training)
    return (powers / powers.sum(dim=1, keepdim=True)).argmax(dim=1)


@wrong("predict", mistake="ties-counted-twice")
def places_of_the_largest(model, x):
    was_training = model.training
    model.eval()
    with torch.no_grad():
        logits = model(x)
    model.train(was_training)
    return (logits == logits.max(dim=1, keepdim=True).values).nonzero()[:, 1]


@wrong("predict", mistake="model-changed")
def frozen_and_melted(model, x):
    was_training = model.training
    model.eval()
    for parameter in model.parameters():
        parameter.requires_grad_(False)
    with torch.no_grad():
        classes = model(x).argmax(dim=1)
    for parameter in model.parameters():
        parameter.requires_grad_(True)
    model.train(was_training)
    return classes


@right("predict")
def by_softmax(model, x):
    was_training = model.training
    model.eval()
    with torch.inference_mode():
        shares = torch.softmax(model(x), dim=1)
        classes = torch.max(shares, dim=1)[1]
    model.train(was_training)
    return classes


@right("predict")
def the_last_of_those_that_are_largest(model, x):
    was_training = model.training
    model.eval()
    with torch.no_grad():
        order = model(x).argsort(dim=1, stable=True)
    model.train(was_training)
    return order[:, -1]


@wrong("OneHiddenLayerNet", mistake="lazy-layer")
class LazyLayers(nn.Module):
    def __init__(self, in_features=784, hidden=128, classes=10):
        super().__init__()
        self.fc1 = nn.LazyLinear(hidden)
        self.fc2 = nn.LazyLinear(classes)

    def forward(self, x):
        return self.fc2(torch.relu(self.fc1(x.flatten(start_dim=1))))
