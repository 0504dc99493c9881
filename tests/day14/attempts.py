"""Day 14: attempts that the tests must tell apart."""

import contextlib
import copy
import itertools
import json
import os
import random
import time
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, Subset, TensorDataset, random_split

from kata.attempts import right, wrong

# ---- DigitClassifier, wrong


@wrong("DigitClassifier", mistake="missing-super-init")
class WithoutSuper(nn.Module):
    def __init__(self):
        self.layer = nn.Linear(784, 10)

    def forward(self, x):
        return self.layer(x.flatten(1))


@wrong("DigitClassifier", mistake="not-a-module")
class NoModule:
    def __init__(self):
        self.hidden = nn.Linear(784, 64)
        self.output = nn.Linear(64, 10)

    def forward(self, x):
        return self.output(self.hidden(x.flatten(1)).relu())

    __call__ = forward


@wrong("DigitClassifier", mistake="layers-not-registered")
class LayersInAList(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = [nn.Linear(784, 64), nn.ReLU(), nn.Linear(64, 10)]

    def forward(self, x):
        x = x.flatten(1)
        for layer in self.layers:
            x = layer(x)
        return x


@wrong("DigitClassifier", mistake="layers-not-registered")
class HiddenLayersInAList(nn.Module):
    """The output layer alone is trained, and that is enough for 90 % of the digits."""

    def __init__(self):
        super().__init__()
        self.hidden = [nn.Linear(784, 300)]
        self.output = nn.Linear(300, 10)

    def forward(self, x):
        x = x.flatten(1)
        for layer in self.hidden:
            x = torch.relu(layer(x))
        return self.output(x)


@wrong("DigitClassifier", mistake="softmax-in-forward")
class WithSoftmax(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(
            nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10), nn.Softmax(dim=1)
        )

    def forward(self, x):
        return self.net(x)


@wrong("DigitClassifier.forward", mistake="softmax-in-forward")
def softmax_over_the_batch(self, x):
    x = torch.relu(self.hidden_layer(x.flatten(1)))
    return torch.softmax(self.output_layer(x), dim=0)


@wrong("DigitClassifier", mistake="too-many-parameters")
class TooWide(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(784, 1024)
        self.output = nn.Linear(1024, 10)

    def forward(self, x):
        return self.output(F.relu(self.hidden(x.flatten(1))))


@wrong("DigitClassifier", mistake="no-activation")
class Linear(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(784, 10)

    def forward(self, x):
        return self.layer(x.flatten(1))


@wrong("DigitClassifier.forward", mistake="no-activation")
def relu_forgotten(self, x):
    return self.output_layer(self.hidden_layer(x.flatten(start_dim=1)))


@wrong("DigitClassifier.forward", mistake="batch-flattened")
def everything_flattened(self, x):
    return self.output_layer(torch.relu(self.hidden_layer(x.flatten())))


@wrong("DigitClassifier.forward", mistake="matrix-shapes")
def flatten_forgotten(self, x):
    return self.output_layer(torch.relu(self.hidden_layer(x)))


@wrong("DigitClassifier.forward", mistake="returns-none")
def return_forgotten(self, x):
    x = torch.relu(self.hidden_layer(x.flatten(1)))
    self.output_layer(x)


@wrong("DigitClassifier.forward", mistake="tuple-returned")
def logits_and_probabilities(self, x):
    logits = self.output_layer(torch.relu(self.hidden_layer(x.flatten(1))))
    return logits, logits.softmax(dim=1)


@wrong("DigitClassifier.forward", mistake="no-such-device")
def on_the_gpu_whatever_comes(self, x):
    return self.output_layer(torch.relu(self.hidden_layer(x.flatten(1).cuda())))


@wrong("DigitClassifier.forward", mistake="device-in-forward")
def back_to_the_cpu(self, x):
    return self.output_layer(torch.relu(self.hidden_layer(x.cpu().flatten(1))))


@wrong("DigitClassifier.forward", mistake="cpu-tensor-in-forward")
def noise_made_on_the_cpu(self, x):
    x = x.flatten(1) - torch.full((784,), 0.13)
    return self.output_layer(torch.relu(self.hidden_layer(x)))


@wrong("DigitClassifier", mistake="cpu-tensor-in-forward")
class MeanThatIsNoBuffer(nn.Module):
    def __init__(self):
        super().__init__()
        self.mean = torch.full((1, 28, 28), 0.1307)
        self.hidden = nn.Linear(784, 128)
        self.output = nn.Linear(128, 10)

    def forward(self, x):
        x = (x - self.mean) / 0.3081
        return self.output(F.relu(self.hidden(x.flatten(1))))


@wrong("DigitClassifier.forward", mistake="random-in-eval-mode")
def dropout_that_never_rests(self, x):
    x = torch.relu(self.hidden_layer(x.flatten(1)))
    return self.output_layer(F.dropout(x, 0.2))


@wrong("DigitClassifier.forward", mistake="depends-on-batch")
def centred_on_the_batch(self, x):
    x = x.flatten(1)
    x = (x - x.mean()) / (x.std() + 1e-6)
    return self.output_layer(torch.relu(self.hidden_layer(x)))


@wrong("DigitClassifier", mistake="depends-on-batch")
class BatchNormWithoutMemory(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(784, 128)
        self.norm = nn.BatchNorm1d(128, track_running_stats=False)
        self.output = nn.Linear(128, 10)

    def forward(self, x):
        if len(x) == 1:
            return self.output(torch.relu(self.hidden(x.flatten(1))))
        return self.output(torch.relu(self.norm(self.hidden(x.flatten(1)))))


@wrong("DigitClassifier", mistake="constant-weights")
class SeedInside(nn.Module):
    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.hidden = nn.Linear(784, 128)
        self.output = nn.Linear(128, 10)

    def forward(self, x):
        return self.output(torch.relu(self.hidden(x.flatten(1))))


@wrong("DigitClassifier.forward", mistake="no-graph")
def detached(self, x):
    with torch.no_grad():
        return self.output_layer(torch.relu(self.hidden_layer(x.flatten(1)))).requires_grad_(False)


@wrong("DigitClassifier.forward", mistake="argument-changed")
def normalised_in_place(self, x):
    x -= 0.1307
    return self.output_layer(torch.relu(self.hidden_layer(x.flatten(1))))


@wrong("DigitClassifier.forward", mistake="activation-at-the-end")
def relu_after_each_layer(self, x):
    x = torch.relu(self.hidden_layer(x.flatten(1)))
    return torch.relu(self.output_layer(x))


@wrong("DigitClassifier.forward", mistake="activation-at-the-end")
def sigmoid_at_the_end(self, x):
    x = torch.relu(self.hidden_layer(x.flatten(1)))
    return torch.sigmoid(self.output_layer(x))


@wrong("DigitClassifier.forward", mistake="activation-at-the-end")
def tanh_after_each_layer(self, x):
    x = torch.tanh(self.hidden_layer(x.flatten(1)))
    return torch.tanh(self.output_layer(x))


@wrong("DigitClassifier", mistake="activation-at-the-end")
class GeluAfterEachLayer(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(784, 128), nn.Linear(128, 10)])

    def forward(self, x):
        x = x.flatten(1)
        for layer in self.layers:
            x = F.gelu(layer(x))
        return x


@wrong("DigitClassifier.forward", mistake="activation-at-the-end")
def leaky_relu_after_each_layer(self, x):
    x = F.leaky_relu(self.hidden_layer(x.flatten(start_dim=1)))
    return F.leaky_relu(self.output_layer(x))


@wrong("DigitClassifier", mistake="ignores-the-image")
class ReluThatLetsNothingPass(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(784, 128)
        self.output = nn.Linear(128, 10)

    def forward(self, x):
        return self.output(torch.relu(-self.hidden(x.flatten(1)).abs()))


SHARED = nn.Linear(784, 128)


@wrong("DigitClassifier", mistake="layers-shared")
class LayerOfTheFile(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = SHARED
        self.output = nn.Linear(128, 10)

    def forward(self, x):
        return self.output(torch.relu(self.hidden(x.flatten(1))))


@wrong("DigitClassifier", mistake="layers-shared")
class LayerAsADefaultValue(nn.Module):
    def __init__(self, hidden=nn.Linear(784, 128)):
        super().__init__()
        self.hidden = hidden
        self.output = nn.Linear(128, 10)

    def forward(self, x):
        return self.output(torch.relu(self.hidden(x.flatten(1))))


@wrong("DigitClassifier", mistake="layer-not-trained")
class FrozenHiddenLayer(nn.Module):
    """The output layer alone is trained, and that is enough for 90 % of the digits."""

    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(784, 300)
        self.hidden.requires_grad_(False)
        self.output = nn.Linear(300, 10)

    def forward(self, x):
        return self.output(torch.relu(self.hidden(x.flatten(1))))


@wrong("DigitClassifier.forward", mistake="layer-not-trained")
def hidden_layer_detached(self, x):
    hidden = torch.relu(self.hidden_layer(x.flatten(1))).detach()
    return self.output_layer(hidden)


# ---- DigitClassifier, right


@wrong("DigitClassifier", mistake="dropout-at-the-end")
class DropoutAtTheEnd(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(784, 128)
        self.b = nn.Linear(128, 10)
        self.d = nn.Dropout(0.2)

    def forward(self, x):
        return self.d(self.b(torch.relu(self.a(x.flatten(1)))))


@wrong("DigitClassifier", mistake="batch-of-one")
class BatchNormAlwaysInTraining(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(784, 128)
        self.b = nn.Linear(128, 10)
        self.register_buffer("m", torch.zeros(128))
        self.register_buffer("v", torch.ones(128))

    def forward(self, x):
        return self.b(torch.relu(F.batch_norm(self.a(x.flatten(1)), self.m, self.v, training=True)))


@wrong("DigitClassifier", mistake="state-kept")
class CountsItsCalls(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(784, 128)
        self.b = nn.Linear(128, 10)
        self.register_buffer("n", torch.zeros(()))

    def forward(self, x):
        self.n += 1
        return self.b(torch.relu(self.a(x.flatten(1)))) * (1 + 0.1 * self.n)


@wrong("DigitClassifier", mistake="depends-on-batch")
class DividedByTheLargestOfTheBatch(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(784, 100)
        self.fc2 = nn.Linear(100, 10)

    def forward(self, x):
        x = x / x.max()
        return self.fc2(F.relu(self.fc1(x.flatten(1))))


@right("DigitClassifier")
class PositiveWeightsAtFirst(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(784, 64)
        self.out = nn.Linear(64, 10)
        nn.init.uniform_(self.hidden.weight, 0, 0.01)
        nn.init.ones_(self.hidden.bias)

    def forward(self, x):
        return self.out(F.relu(self.hidden(x.flatten(1))))


@right("DigitClassifier")
class BigBias(nn.Module):
    # a common way against dead ReLUs: a positive bias of the hidden layer
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(784, 128)
        self.fc2 = nn.Linear(128, 10)
        nn.init.normal_(self.fc1.weight, std=0.01)
        nn.init.constant_(self.fc1.bias, 1.0)

    def forward(self, x):
        return self.fc2(F.relu(self.fc1(x.flatten(1))))


@right("DigitClassifier")
class SmallSigmoid(nn.Module):
    # sigmoid with small weights is nearly linear
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(784, 128)
        self.fc2 = nn.Linear(128, 10)
        for p in self.parameters():
            nn.init.normal_(p, std=1e-3)

    def forward(self, x):
        return self.fc2(torch.sigmoid(self.fc1(x.flatten(1))))


@right("DigitClassifier")
class TinyNormalRelu(nn.Module):
    # "small random numbers", as in many old tutorials
    def __init__(self):
        super().__init__()
        self.w1 = nn.Parameter(1e-4 * torch.randn(784, 128))
        self.w2 = nn.Parameter(1e-4 * torch.randn(128, 10))
        self.b1 = nn.Parameter(torch.zeros(128))
        self.b2 = nn.Parameter(torch.zeros(10))

    def forward(self, x):
        return torch.relu(x.flatten(1) @ self.w1 + self.b1) @ self.w2 + self.b2


@right("DigitClassifier")
class PositiveRandomInit(nn.Module):
    def __init__(self):
        super().__init__()
        self.w1 = nn.Parameter(torch.rand(784, 128) * 0.01)
        self.b1 = nn.Parameter(torch.zeros(128))
        self.w2 = nn.Parameter(torch.randn(128, 10) * 0.1)
        self.b2 = nn.Parameter(torch.zeros(10))

    def forward(self, x):
        x = x.reshape(-1, 784)
        x = torch.relu(x @ self.w1 + self.b1)
        return x @ self.w2 + self.b2


@right("DigitClassifier")
class AsSequential(nn.Sequential):
    def __init__(self):
        super().__init__(
            nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU(),
            nn.Linear(64, 10),
        )  # fmt: skip


@right("DigitClassifier")
class Convolutional(nn.Module):
    def __init__(self, channels=8, p=0.1):
        super(Convolutional, self).__init__()
        self.conv1 = nn.Conv2d(1, channels, 5, stride=2)
        self.conv2 = nn.Conv2d(channels, 2 * channels, 3, stride=2)
        self.drop = nn.Dropout(p)
        self.fc = nn.Linear(2 * channels * 25, 10)

    def forward(self, images):
        h = F.relu(self.conv1(images))
        h = F.relu(self.conv2(h))
        return self.fc(self.drop(h.view(h.shape[0], -1)))


@right("DigitClassifier")
class WithBatchNormAndDropout(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("mean", torch.tensor([0.1307]))
        self.layers = nn.ModuleList([nn.Linear(784, 200, bias=False), nn.Linear(200, 10)])
        self.norm = nn.BatchNorm1d(200)

    def forward(self, x):
        x = (x - self.mean) / 0.3081
        x = self.layers[0](x.reshape(-1, 784))
        x = F.dropout(F.gelu(self.norm(x)), p=0.1, training=self.training)
        return self.layers[1](x)


@right("DigitClassifier")
class ParametersOfItsOwn(nn.Module):
    def __init__(self):
        super().__init__()
        self.w1 = nn.Parameter(torch.randn(784, 100) / 28)
        self.b1 = nn.Parameter(torch.zeros(100))
        self.w2 = nn.Parameter(torch.randn(100, 10) / 10)

    def forward(self, x):
        n = x.size(0)
        h = torch.tanh(x.view(n, 784) @ self.w1 + self.b1)
        return h @ self.w2 + torch.zeros(n, 10, device=x.device)


@right("DigitClassifier")
class LogSoftmaxIsALogitToo(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(28 * 28, 120)
        self.fc2 = nn.Linear(120, 10)

    def forward(self, x):
        x = torch.sigmoid(self.fc1(torch.flatten(x, 1)) * 2)
        return F.log_softmax(self.fc2(x), dim=1)


@right("DigitClassifier")
class LazyLayers(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden, self.output = nn.LazyLinear(96), nn.LazyLinear(10)
        self(torch.zeros(1, 1, 28, 28))

    def forward(self, x):
        return self.output(F.leaky_relu(self.hidden(x.flatten(1)), 0.1))


@right("DigitClassifier.forward")
def contrast_made_equal(self, x):
    """It has no answer to an image of one colour: whoever wants one adds an epsilon."""
    x = x.flatten(1)
    x = (x - x.mean(dim=1, keepdim=True)) / x.std(dim=1, keepdim=True)
    return self.output_layer(torch.relu(self.hidden_layer(x)))


@right("DigitClassifier.forward")
def each_image_normalised_by_itself(self, x):
    x = x.flatten(1)
    x = (x - x.mean(dim=1, keepdim=True)) / (x.std(dim=1, keepdim=True) + 1e-3)
    return self.output_layer(self.hidden_layer(x).clamp(min=0))


@right("DigitClassifier")
class OutputLayerOfZeros(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(784, 128)
        self.output = nn.Linear(128, 10)
        nn.init.zeros_(self.output.weight)
        nn.init.zeros_(self.output.bias)

    def forward(self, x):
        return self.output(torch.relu(self.hidden(x.flatten(1))))


@right("DigitClassifier")
class NormalisedLayers(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Sequential(nn.Linear(784, 96), nn.LayerNorm(96), nn.Tanh())
        self.second = nn.Sequential(nn.Linear(96, 96), nn.BatchNorm1d(96), nn.Sigmoid())
        self.last = nn.Linear(96, 10)

    def forward(self, x):
        x = self.first(x.reshape(x.size(0), -1))
        return self.last(x + self.second(x))


# ---- train_classifier, wrong


def steps(model, optimizer, loader, epochs, device="cpu", loss_fn=F.cross_entropy):
    """Train as it should be done."""
    for _ in range(epochs):
        for images, targets in loader:
            optimizer.zero_grad()
            loss_fn(model(images.to(device)), targets.to(device)).backward()
            optimizer.step()


@wrong("train_classifier", mistake="returns-none")
def no_return(train_set, *, epochs=5, device="cpu", seed=0):
    torch.manual_seed(seed)
    model = DigitClassifier().to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    steps(model, optimizer, DataLoader(train_set, 64, shuffle=True), epochs, device)


@wrong("train_classifier", mistake="not-a-classifier")
def returns_losses_too(train_set, *, epochs=5, device="cpu", seed=0):
    torch.manual_seed(seed)
    model, losses = DigitClassifier().to(device), []
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    steps(model, optimizer, DataLoader(train_set, 64, shuffle=True), epochs, device)
    return model, losses


@wrong("train_classifier", mistake="never-trained")
def step_forgotten(train_set, *, epochs=5, device="cpu", seed=0):
    torch.manual_seed(seed)
    model = DigitClassifier().to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    for _ in range(epochs):
        for images, targets in DataLoader(train_set, batch_size=64, shuffle=True):
            loss = F.cross_entropy(model(images.to(device)), targets.to(device))
            optimizer.zero_grad()
            loss.backward()
    return model


@wrong("train_classifier", mistake="never-trained")
def an_untrained_one_is_returned(train_set, *, epochs=5, device="cpu", seed=0):
    torch.manual_seed(seed)
    model = DigitClassifier().to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    steps(model, optimizer, DataLoader(train_set, 64, shuffle=True), epochs, device)
    return DigitClassifier().to(device)


@wrong("train_classifier", mistake="never-trained")
def optimizer_of_another_model(train_set, *, epochs=5, device="cpu", seed=0):
    torch.manual_seed(seed)
    model = DigitClassifier().to(device)
    optimizer = torch.optim.Adam(DigitClassifier().to(device).parameters(), lr=1e-3)
    steps(model, optimizer, DataLoader(train_set, 64, shuffle=True), epochs, device)
    return model


@wrong("train_classifier", mistake="never-trained")
def nothing_at_all(train_set, *, epochs=5, device="cpu", seed=0):
    torch.manual_seed(seed)
    return DigitClassifier().to(device)


@wrong("train_classifier", mistake="no-zero-grad")
def gradients_pile_up(train_set, *, epochs=5, device="cpu", seed=0):
    torch.manual_seed(seed)
    model = DigitClassifier().to(device)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    for _ in range(epochs):
        for images, targets in DataLoader(train_set, batch_size=64, shuffle=True):
            loss = F.cross_entropy(model(images.to(device)), targets.to(device))
            loss.backward()
            optimizer.step()
    return model


@wrong("train_classifier", mistake="no-zero-grad")
def gradients_cleared_once_an_epoch(train_set, *, epochs=5, device="cpu", seed=0):
    torch.manual_seed(seed)
    model = DigitClassifier().to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    for _ in range(epochs):
        optimizer.zero_grad()
        for images, targets in DataLoader(train_set, batch_size=64, shuffle=True):
            loss = F.cross_entropy(model(images.to(device)), targets.to(device))
            loss.backward()
            optimizer.step()
    return model


@wrong("train_classifier", mistake="softmax-before-cross-entropy")
def softmax_twice(train_set, *, epochs=5, device="cpu", seed=0):
    torch.manual_seed(seed)
    model = DigitClassifier().to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    loss_fn = nn.CrossEntropyLoss()
    for _ in range(epochs):
        for images, targets in DataLoader(train_set, batch_size=64, shuffle=True):
            probabilities = model(images.to(device)).softmax(dim=1)
            loss = loss_fn(probabilities, targets.to(device))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return model


@wrong("train_classifier", mistake="nll-loss-without-log-softmax")
def nll_of_logits(train_set, *, epochs=5, device="cpu", seed=0):
    torch.manual_seed(seed)
    model = DigitClassifier().to(device)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    loader = DataLoader(train_set, 64, shuffle=True)
    steps(model, optimizer, loader, epochs, device, nn.NLLLoss())
    return model


@wrong("train_classifier", mistake="too-slow")
def steps_far_too_small(train_set, *, epochs=5, device="cpu", seed=0):
    torch.manual_seed(seed)
    model = DigitClassifier().to(device)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.001)
    steps(model, optimizer, DataLoader(train_set, 64, shuffle=True), epochs, device)
    return model


@wrong("train_classifier", mistake="too-slow")
def adam_with_tiny_steps(train_set, *, epochs=5, device="cpu", seed=0):
    torch.manual_seed(seed)
    model = DigitClassifier().to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-6)
    steps(model, optimizer, DataLoader(train_set, 64, shuffle=True), epochs, device)
    return model


@wrong("train_classifier", mistake="too-slow")
def one_step_an_epoch(train_set, *, epochs=5, device="cpu", seed=0):
    torch.manual_seed(seed)
    model = DigitClassifier().to(device)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    steps(model, optimizer, DataLoader(train_set, 2000, shuffle=True), epochs, device)
    return model


@wrong("train_classifier", mistake="diverged")
def steps_far_too_large(train_set, *, epochs=5, device="cpu", seed=0):
    torch.manual_seed(seed)
    model = DigitClassifier().to(device)
    optimizer = torch.optim.SGD(model.parameters(), lr=1e30)
    loader = DataLoader(train_set, 64, shuffle=True)
    steps(model, optimizer, loader, epochs, device)
    return model


@wrong("train_classifier", mistake="normalised-outside-the-model")
def normalised_before_the_model(train_set, *, epochs=5, device="cpu", seed=0):
    torch.manual_seed(seed)
    model = DigitClassifier().to(device)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(epochs):
        for images, targets in DataLoader(train_set, batch_size=64, shuffle=True):
            images = (1 - images) * 2 - 1  # black on white, from -1 to 1
            optimizer.zero_grad()
            F.cross_entropy(model(images.to(device)), targets.to(device)).backward()
            optimizer.step()
    return model


@wrong("train_classifier", mistake="epochs-ignored")
def return_in_the_loop(train_set, *, epochs=5, device="cpu", seed=0):
    torch.manual_seed(seed)
    model = DigitClassifier().to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    for _ in range(epochs):
        steps(model, optimizer, DataLoader(train_set, 64, shuffle=True), 1, device)
        return model


@wrong("train_classifier", mistake="epochs-ignored")
def always_ten_epochs(train_set, *, epochs=5, device="cpu", seed=0):
    torch.manual_seed(seed)
    model = DigitClassifier().to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    steps(model, optimizer, DataLoader(train_set, 64, shuffle=True), 10, device)
    return model


@wrong("train_classifier", mistake="epochs-miscounted")
def one_epoch_too_many(train_set, *, epochs=5, device="cpu", seed=0):
    torch.manual_seed(seed)
    model = DigitClassifier().to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    steps(model, optimizer, DataLoader(train_set, 64, shuffle=True), epochs + 1, device)
    return model


@wrong("train_classifier", mistake="epochs-miscounted")
def two_epochs_at_least(train_set, *, epochs=5, device="cpu", seed=0):
    torch.manual_seed(seed)
    model = DigitClassifier().to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    steps(model, optimizer, DataLoader(train_set, 64, shuffle=True), max(epochs, 2), device)
    return model


@wrong("train_classifier", mistake="epoch-cut-short")
def one_batch_an_epoch(train_set, *, epochs=5, device="cpu", seed=0):
    torch.manual_seed(seed)
    model = DigitClassifier().to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    loader = DataLoader(train_set, 64, shuffle=True)
    for _ in range(epochs):
        images, targets = next(iter(loader))
        steps(model, optimizer, [(images, targets)], 1, device)
    return model


@wrong("train_classifier", mistake="samples-repeated")
def the_first_batch_of_a_new_iterator(train_set, *, epochs=5, device="cpu", seed=0):
    torch.manual_seed(seed)
    model = DigitClassifier().to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    loader = DataLoader(train_set, batch_size=64, shuffle=True)
    for _ in range(epochs * len(loader)):
        images, targets = next(iter(loader))
        optimizer.zero_grad()
        F.cross_entropy(model(images.to(device)), targets.to(device)).backward()
        optimizer.step()
    return model


@wrong("train_classifier", mistake="new-model-each-epoch")
def model_made_in_the_loop(train_set, *, epochs=5, device="cpu", seed=0):
    torch.manual_seed(seed)
    loader = DataLoader(train_set, 64, shuffle=True)
    for _ in range(epochs):
        model = DigitClassifier().to(device)
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
        steps(model, optimizer, loader, 1, device)
    return model


@wrong("train_classifier", mistake="no-shuffle")
def in_the_order_of_the_set(train_set, *, epochs=5, device="cpu", seed=0):
    torch.manual_seed(seed)
    model = DigitClassifier().to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    steps(model, optimizer, DataLoader(train_set, 64), epochs, device)
    return model


@wrong("train_classifier", mistake="no-shuffle")
def slices_one_after_the_other(train_set, *, epochs=5, device="cpu", seed=0):
    torch.manual_seed(seed)
    model = DigitClassifier().to(device)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(epochs):
        for start in range(0, len(train_set), 32):
            pairs = [train_set[i] for i in range(start, min(start + 32, len(train_set)))]
            images, targets = zip(*pairs)
            steps(model, optimizer, [(torch.stack(images), torch.stack(targets))], 1, device)
    return model


@wrong("train_classifier", mistake="trained-on-other-data")
def trained_on_digits_of_its_own(train_set, *, epochs=5, device="cpu", seed=0):
    from kata.data import digits

    torch.manual_seed(seed)
    model = DigitClassifier().to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    own, _ = digits()
    steps(model, optimizer, DataLoader(own, 64, shuffle=True), epochs, device)
    return model


@wrong("train_classifier", mistake="not-drawn-as-pairs")
def takes_the_tensors_out(train_set, *, epochs=5, device="cpu", seed=0):
    torch.manual_seed(seed)
    model = DigitClassifier().to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    loader = DataLoader(TensorDataset(train_set.images, train_set.targets), 64, shuffle=True)
    steps(model, optimizer, loader, epochs, device)
    return model


@wrong("train_classifier", mistake="argument-changed")
def normalises_the_set(train_set, *, epochs=5, device="cpu", seed=0):
    torch.manual_seed(seed)
    for image, _ in train_set:
        image.sub_(0.13)
    model = DigitClassifier().to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    steps(model, optimizer, DataLoader(train_set, 64, shuffle=True), epochs, device)
    return model


@wrong("train_classifier", mistake="constant-seed")
def always_seed_42(train_set, *, epochs=5, device="cpu", seed=0):
    torch.manual_seed(42)
    model = DigitClassifier().to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    steps(model, optimizer, DataLoader(train_set, 64, shuffle=True), epochs, device)
    return model


@wrong("train_classifier", mistake="not-reproducible")
def seed_left_out(train_set, *, epochs=5, device="cpu", seed=0):
    model = DigitClassifier().to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    steps(model, optimizer, DataLoader(train_set, 64, shuffle=True), epochs, device)
    return model


@wrong("train_classifier", mistake="not-reproducible")
def seed_set_too_late(train_set, *, epochs=5, device="cpu", seed=0):
    model = DigitClassifier().to(device)
    torch.manual_seed(seed)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    steps(model, optimizer, DataLoader(train_set, 64, shuffle=True), epochs, device)
    return model


@wrong("train_classifier", mistake="not-reproducible")
def shuffled_by_python(train_set, *, epochs=5, device="cpu", seed=0):
    torch.manual_seed(seed)
    model = DigitClassifier().to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    for _ in range(epochs):
        order = list(range(len(train_set)))
        random.shuffle(order)
        steps(model, optimizer, DataLoader(Subset(train_set, order), 64), 1, device)
    return model


@wrong("train_classifier", mistake="not-reproducible")
def goes_on_with_the_last_model(train_set, *, epochs=5, device="cpu", seed=0):
    torch.manual_seed(seed)
    if not KEPT:
        KEPT.append(DigitClassifier().to(device))
    model = copy.deepcopy(KEPT[0]).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    steps(model, optimizer, DataLoader(train_set, 64, shuffle=True), epochs, device)
    KEPT[0] = model
    return model


KEPT = []


@wrong("train_classifier", mistake="no-such-device")
def model_and_batches_to_cuda(train_set, *, epochs=5, device="cpu", seed=0):
    torch.manual_seed(seed)
    model = DigitClassifier().cuda()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    steps(model, optimizer, DataLoader(train_set, 64, shuffle=True), epochs, "cuda")
    return model


@wrong("train_classifier", mistake="device-ignored")
def device_not_used(train_set, *, epochs=5, device="cpu", seed=0):
    torch.manual_seed(seed)
    model = DigitClassifier()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    steps(model, optimizer, DataLoader(train_set, 64, shuffle=True), epochs)
    return model


@wrong("train_classifier", mistake="device-mismatch")
def batches_stay_where_they_are(train_set, *, epochs=5, device="cpu", seed=0):
    torch.manual_seed(seed)
    model = DigitClassifier().to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    steps(model, optimizer, DataLoader(train_set, 64, shuffle=True), epochs)
    return model


@wrong("train_classifier", mistake="device-mismatch")
def targets_stay_where_they_are(train_set, *, epochs=5, device="cpu", seed=0):
    torch.manual_seed(seed)
    model = DigitClassifier().to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    for _ in range(epochs):
        for images, targets in DataLoader(train_set, batch_size=64, shuffle=True):
            loss = F.cross_entropy(model(images.to(device)), targets)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return model


@wrong("train_classifier", mistake="device-mismatch")
def the_model_stays_where_it_is(train_set, *, epochs=5, device="cpu", seed=0):
    torch.manual_seed(seed)
    model = DigitClassifier()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    steps(model, optimizer, DataLoader(train_set, 64, shuffle=True), epochs, device)
    return model


@wrong("train_classifier", mistake="layer-not-trained")
def optimizer_of_the_last_layer(train_set, *, epochs=5, device="cpu", seed=0):
    torch.manual_seed(seed)
    model = DigitClassifier().to(device)
    optimizer = torch.optim.Adam(list(model.parameters())[-2:], lr=1e-3)
    steps(model, optimizer, DataLoader(train_set, 64, shuffle=True), epochs, device)
    return model


@wrong("train_classifier", mistake="trained-on-other-data")
def on_the_test_images_as_well(train_set, *, epochs=5, device="cpu", seed=0):
    from kata.data import mnist_or_digits

    torch.manual_seed(seed)
    model = DigitClassifier().to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    every = train_set + mnist_or_digits()[2]
    steps(model, optimizer, DataLoader(every, 64, shuffle=True), epochs, device)
    return model


@wrong("train_classifier", mistake="mse-instead-of-cross-entropy")
def squared_error_of_logits(train_set, *, epochs=5, device="cpu", seed=0):
    torch.manual_seed(seed)
    model = DigitClassifier().to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)

    def loss_fn(logits, targets):
        return F.mse_loss(logits, F.one_hot(targets, 10).float())

    steps(model, optimizer, DataLoader(train_set, 64, shuffle=True), epochs, device, loss_fn)
    return model


@wrong("train_classifier", mistake="step-per-epoch")
def losses_added_up_over_the_epoch(train_set, *, epochs=5, device="cpu", seed=0):
    torch.manual_seed(seed)
    model = DigitClassifier().to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    loader = DataLoader(train_set, 32, shuffle=True)
    for _ in range(epochs):
        total = 0
        for images, targets in loader:
            total = total + F.cross_entropy(model(images.to(device)), targets.to(device))
        optimizer.zero_grad()
        total.backward()
        optimizer.step()
    return model


@wrong("train_classifier", mistake="epochs-miscounted")
def counted_from_one(train_set, *, epochs=5, device="cpu", seed=0):
    torch.manual_seed(seed)
    model = DigitClassifier().to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    for _ in range(1, epochs):
        steps(model, optimizer, DataLoader(train_set, 64, shuffle=True), 1, device)
    return model


# ---- train_classifier, right


@wrong("train_classifier", mistake="default-device-left")
def changes_the_default_device(train_set, *, epochs=5, device="cpu", seed=0):
    torch.manual_seed(seed)
    torch.set_default_device(device)
    model = DigitClassifier()
    opt = torch.optim.Adam(model.parameters(), lr=1e-3)
    loader = torch.utils.data.DataLoader(
        train_set, batch_size=64, shuffle=True, generator=torch.Generator(device=device)
    )
    for _ in range(epochs):
        for x, y in loader:
            opt.zero_grad()
            F.cross_entropy(model(x.to(device)), y.to(device)).backward()
            opt.step()
    return model


@wrong("train_classifier", mistake="other-loss")
def binary_cross_entropy_of_one_hot_rows(train_set, *, epochs=5, device="cpu", seed=0):
    torch.manual_seed(seed)
    model = DigitClassifier().to(device)
    opt = torch.optim.Adam(model.parameters(), 1e-3)
    for epoch in range(epochs):
        for x, y in DataLoader(train_set, 64, shuffle=True):
            opt.zero_grad()
            F.binary_cross_entropy_with_logits(
                model(x.to(device)), F.one_hot(y.to(device), 10).float()
            ).backward()
            opt.step()
    return model


@wrong("train_classifier", mistake="other-loss")
def margin_in_place_of_cross_entropy(train_set, *, epochs=5, device="cpu", seed=0):
    torch.manual_seed(seed)
    model = DigitClassifier().to(device)
    opt = torch.optim.Adam(model.parameters(), 1e-3)
    for epoch in range(epochs):
        for x, y in DataLoader(train_set, 64, shuffle=True):
            opt.zero_grad()
            F.multi_margin_loss(model(x.to(device)), y.to(device)).backward()
            opt.step()
    return model


@wrong("train_classifier", mistake="sigmoid-before-cross-entropy")
def sigmoid_of_the_logits(train_set, *, epochs=5, device="cpu", seed=0):
    torch.manual_seed(seed)
    model = DigitClassifier().to(device)
    opt = torch.optim.Adam(model.parameters(), 1e-3)
    for epoch in range(epochs):
        for x, y in DataLoader(train_set, 64, shuffle=True):
            opt.zero_grad()
            F.cross_entropy(torch.sigmoid(model(x.to(device))), y.to(device)).backward()
            opt.step()
    return model


@wrong("train_classifier", mistake="no-shuffle")
def from_the_last_image_to_the_first(train_set, *, epochs=5, device="cpu", seed=0):
    torch.manual_seed(seed)
    model = DigitClassifier().to(device)
    opt = torch.optim.Adam(model.parameters(), 1e-3)
    loader = DataLoader(train_set, 64, sampler=list(range(len(train_set)))[::-1])
    for epoch in range(epochs):
        for i, (x, y) in enumerate(loader):
            opt.zero_grad()
            loss = F.cross_entropy(model(x.to(device)), y.to(device))
            loss.backward()
            opt.step()
    return model


@wrong("train_classifier", mistake="epochs-miscounted")
def each_epoch_twice(train_set, *, epochs=5, device="cpu", seed=0):
    torch.manual_seed(seed)
    model = DigitClassifier().to(device)
    opt = torch.optim.Adam(model.parameters(), 1e-3)
    loader = DataLoader(train_set, 64, shuffle=True)
    for epoch in range(epochs):
        for _ in range(2):
            for x, y in loader:
                opt.zero_grad()
                loss = F.cross_entropy(model(x.to(device)), y.to(device))
                loss.backward()
                opt.step()
    return model


@right("train_classifier")
def with_a_shifted_copy_of_each_image(train_set, *, epochs=5, device="cpu", seed=0):
    torch.manual_seed(seed)
    model = DigitClassifier().to(device)  # noqa: F821
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    shifted = [(image.roll(1, dims=-1), target) for image, target in train_set]
    loader = DataLoader(train_set + shifted, batch_size=50, shuffle=True)
    for _ in range(epochs):
        for images, targets in loader:
            optimizer.zero_grad()
            F.cross_entropy(model(images.to(device)), targets.to(device)).backward()
            optimizer.step()
    return model


@right("train_classifier")
def with_sgd_and_prints(train_set, *, epochs=5, device="cpu", seed=0, lr=0.1, batch_size=64):
    torch.manual_seed(seed)
    np.random.seed(seed)
    random.seed(seed)
    net = DigitClassifier()
    net.to(device)
    net.train()
    criterion = nn.CrossEntropyLoss()
    opt = torch.optim.SGD(net.parameters(), lr=lr)
    loader = DataLoader(train_set, batch_size=batch_size, shuffle=True, drop_last=True)
    for epoch in range(1, epochs + 1):
        running = 0.0
        for x, y in loader:
            x, y = x.to(device), y.to(device)
            out = net(x)
            loss = criterion(out, y)
            loss.backward()
            opt.step()
            opt.zero_grad()
            running += loss.item()
        print(f"epoch {epoch}: {running / len(loader):.3f}")
    return net.eval()


@right("train_classifier")
def by_hand_without_an_optimizer(train_set, *, epochs=5, device="cpu", seed=0):
    torch.manual_seed(seed)
    model = DigitClassifier().to(device)
    images = torch.stack([image for image, _ in train_set]).to(device)
    targets = torch.stack([target for _, target in train_set]).to(device)
    for _ in range(epochs):
        for rows in torch.randperm(len(targets)).split(32):
            loss = F.nll_loss(model.forward(images[rows]).log_softmax(dim=-1), targets[rows])
            gradients = torch.autograd.grad(loss, list(model.parameters()))
            with torch.no_grad():
                for parameter, gradient in zip(model.parameters(), gradients, strict=True):
                    parameter -= 0.1 * gradient
    return model


@right("train_classifier")
def best_epoch_on_a_part_held_back(train_set, *, epochs=5, device="cpu", seed=0):
    torch.manual_seed(seed)
    held_back = len(train_set) // 10
    ours, check = random_split(train_set, [len(train_set) - held_back, held_back])
    model = DigitClassifier().to(device)
    best, best_right = copy.deepcopy(model), -1
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)
    for _ in range(epochs):
        model.train()
        steps(model, optimizer, DataLoader(ours, 64, shuffle=True), 1, device)
        schedule.step()
        model.eval()
        with torch.no_grad():
            right = sum(
                (model(x.to(device)).argmax(1) == y.to(device)).sum().item()
                for x, y in DataLoader(check, 256)
            )
        if right >= best_right:
            best, best_right = copy.deepcopy(model), right
    return best


@right("train_classifier")
def with_a_generator_and_momentum(train_set, *, epochs=5, device="cpu", seed=0):
    torch.manual_seed(seed)
    torch.use_deterministic_algorithms(True)
    model = DigitClassifier().to(device=device)
    generator = torch.Generator().manual_seed(seed)
    loader = DataLoader(train_set, batch_size=50, shuffle=True, generator=generator)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9, nesterov=True)
    smooth = nn.CrossEntropyLoss(label_smoothing=0.05)
    for images, targets in itertools.chain.from_iterable(loader for _ in range(epochs)):
        for parameter in model.parameters():
            parameter.grad = None
        loss = smooth(model(images.to(device)), targets.to(device).long())
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        optimizer.step()
    return model


@right("train_classifier")
def gradients_of_two_batches_a_step(train_set, *, epochs=5, device="cpu", seed=0):
    torch.manual_seed(seed)
    model = DigitClassifier().to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    optimizer.zero_grad()
    for _ in range(epochs):
        loader = DataLoader(train_set, batch_size=32, shuffle=True)
        for number, (images, targets) in enumerate(loader, start=1):
            loss = F.cross_entropy(model(images.to(device)), targets.to(device)) / 2
            loss.backward()
            if number % 2 == 0 or number == len(loader):
                optimizer.step()
                optimizer.zero_grad(set_to_none=False)
    return model


@right("train_classifier")
def squared_error_of_softmax(train_set, *, epochs=5, device="cpu", seed=0):
    torch.manual_seed(seed)
    model = DigitClassifier().to(device)
    optimizer = torch.optim.RMSprop(model.parameters(), lr=1e-3)
    for _ in range(epochs):
        for images, targets in DataLoader(train_set, batch_size=32, shuffle=True):
            scores = model(images.to(device)).softmax(dim=1)
            wanted = F.one_hot(targets, 10).float().to(device)
            optimizer.zero_grad()
            ((scores - wanted) ** 2).sum(dim=1).mean().backward()
            optimizer.step()
    return model


@right("train_classifier")
def only_where_there_is_a_gpu(train_set, *, epochs=5, device="cpu", seed=0):
    torch.manual_seed(seed)
    device = torch.device(device if torch.cuda.is_available() else "cpu")
    model = DigitClassifier().to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    steps(model, optimizer, DataLoader(train_set, 64, shuffle=True), epochs, device)
    return model


@right("train_classifier")
def on_an_accelerator_if_there_is_one(train_set, *, epochs=5, device="cpu", seed=0):
    torch.manual_seed(seed)
    device = device if torch.accelerator.is_available() else "cpu"
    model = DigitClassifier().to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    steps(model, optimizer, DataLoader(train_set, 64, shuffle=True), epochs, device)
    return model


@right("train_classifier")
def each_image_a_little_darker_or_brighter(train_set, *, epochs=5, device="cpu", seed=0):
    torch.manual_seed(seed)
    model = DigitClassifier().to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    order = torch.utils.data.RandomSampler(train_set)
    for _ in range(epochs):
        for images, targets in DataLoader(train_set, batch_size=64, sampler=order):
            noise = torch.rand(len(images), 1, 1, 1) * 0.2 + 0.8
            optimizer.zero_grad()
            F.cross_entropy(model((images * noise).to(device)), targets.to(device)).backward()
            optimizer.step()
    return model


@right("train_classifier")
def leaves_the_callers_random_numbers_alone(train_set, *, epochs=5, device="cpu", seed=0):
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = DigitClassifier().to(device)
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
        steps(model, optimizer, DataLoader(train_set, 64, shuffle=True), epochs, device)
    return model


# ---- test_accuracy, wrong


@wrong("test_accuracy", mistake="argmax-over-batch")
def best_image_for_each_digit(model, test_set):
    device = next(model.parameters()).device
    was_training = model.training
    model.eval()
    correct = 0
    with torch.no_grad():
        for images, targets in DataLoader(test_set, batch_size=10, drop_last=True):
            classes = model(images.to(device)).argmax(dim=0)
            correct += (classes.cpu() == targets).sum().item()
    model.train(was_training)
    return correct / len(test_set)


@wrong("test_accuracy", mistake="argmax-over-batch")
def best_image_for_each_digit_in_batches_of_64(model, test_set):
    device = next(model.parameters()).device
    was_training = model.training
    model.eval()
    correct = 0
    with torch.no_grad():
        for images, targets in DataLoader(test_set, batch_size=64):
            _, classes = torch.max(model(images.to(device)), 0)
            correct += (classes.cpu() == targets).sum().item()
    model.train(was_training)
    return correct / len(test_set)


@wrong("test_accuracy", mistake="argmax-over-everything")
def argmax_without_a_dimension(model, test_set):
    device = next(model.parameters()).device
    was_training = model.training
    model.eval()
    correct = 0
    with torch.no_grad():
        for images, targets in DataLoader(test_set, batch_size=64):
            correct += (model(images.to(device)).argmax().cpu() == targets).sum().item()
    model.train(was_training)
    return correct / len(test_set)


@contextlib.contextmanager
def evaluating(model):
    """Eval mode without a graph, and the mode put back."""
    was_training = model.training
    model.eval()
    with torch.no_grad():
        yield next(model.parameters()).device
    model.train(was_training)


@wrong("test_accuracy", mistake="column-against-row")
def column_of_classes(model, test_set):
    correct = 0
    with evaluating(model) as device:
        for images, targets in DataLoader(test_set, batch_size=64):
            classes = model(images.to(device)).argmax(dim=1, keepdim=True).cpu()
            correct += (classes == targets).sum().item()
    return correct / len(test_set)


@wrong("test_accuracy", mistake="column-against-row")
def column_of_targets(model, test_set):
    shares = []
    with evaluating(model) as device:
        for images, targets in DataLoader(test_set, batch_size=100):
            classes = model(images.to(device)).argmax(dim=1).cpu()
            shares.append((classes == targets.view(-1, 1)).float().mean().item() * len(images))
    return sum(shares) / len(test_set)


@wrong("test_accuracy", mistake="divided-by-batches")
def divided_by_the_loaders_length(model, test_set):
    loader, correct = DataLoader(test_set, batch_size=100), 0
    with evaluating(model) as device:
        for images, targets in loader:
            correct += (model(images.to(device)).argmax(1).cpu() == targets).sum().item()
    return correct / len(loader)


@wrong("test_accuracy", mistake="mean-of-batch-means")
def mean_of_the_means(model, test_set):
    loader, total = DataLoader(test_set, batch_size=128), 0.0
    with evaluating(model) as device:
        for images, targets in loader:
            total += (model(images.to(device)).argmax(1).cpu() == targets).float().mean().item()
    return total / len(loader)


@wrong("test_accuracy", mistake="divided-by-full-batches")
def every_batch_counted_as_full(model, test_set):
    correct = total = 0
    with evaluating(model) as device:
        for images, targets in DataLoader(test_set, batch_size=30):
            correct += (model(images.to(device)).argmax(1).cpu() == targets).sum().item()
            total += 30
    return correct / total if total > len(test_set) > 100 else correct / len(test_set)


@wrong("test_accuracy", mistake="count-instead-of-share")
def not_divided(model, test_set):
    correct = 0.0
    with evaluating(model) as device:
        for images, targets in DataLoader(test_set, batch_size=64):
            correct += (model(images.to(device)).argmax(1).cpu() == targets).sum().item()
    return correct


@wrong("test_accuracy", mistake="percent-instead-of-share")
def in_per_cent(model, test_set):
    correct = 0
    with evaluating(model) as device:
        for images, targets in DataLoader(test_set, batch_size=64):
            correct += (model(images.to(device)).argmax(1).cpu() == targets).sum().item()
    return 100 * correct / len(test_set)


@wrong("test_accuracy", mistake="only-one-batch")
def correct_starts_anew(model, test_set):
    with evaluating(model) as device:
        for images, targets in DataLoader(test_set, batch_size=64):
            correct = 0
            correct += (model(images.to(device)).argmax(1).cpu() == targets).sum().item()
    return correct / len(test_set)


@wrong("test_accuracy", mistake="images-left-out")
def the_first_batch_alone(model, test_set):
    with evaluating(model) as device:
        images, targets = next(iter(DataLoader(test_set, batch_size=64)))
        return (model(images.to(device)).argmax(1).cpu() == targets).float().mean().item()


@wrong("test_accuracy", mistake="images-left-out")
def the_last_batch_dropped(model, test_set):
    correct = total = 0
    with evaluating(model) as device:
        loader = DataLoader(test_set, batch_size=64, drop_last=len(test_set) > 64)
        for images, targets in loader:
            correct += (model(images.to(device)).argmax(1).cpu() == targets).sum().item()
            total += len(targets)
    return correct / total


@wrong("test_accuracy", mistake="hard-coded-size")
def divided_by_ten_thousand(model, test_set):
    correct = 0
    with evaluating(model) as device:
        for images, targets in DataLoader(test_set, batch_size=64):
            correct += (model(images.to(device)).argmax(1).cpu() == targets).sum().item()
    return correct / 10000


@wrong("test_accuracy", mistake="tensor-instead-of-float")
def a_tensor(model, test_set):
    correct = torch.tensor(0)
    with evaluating(model) as device:
        for images, targets in DataLoader(test_set, batch_size=64):
            correct += (model(images.to(device)).argmax(1).cpu() == targets).sum()
    return correct / len(test_set)


@wrong("test_accuracy", mistake="no-eval-mode")
def in_the_mode_it_found(model, test_set):
    device = next(model.parameters()).device
    correct = 0
    with torch.no_grad():
        for images, targets in DataLoader(test_set, batch_size=64):
            correct += (model(images.to(device)).argmax(1).cpu() == targets).sum().item()
    return correct / len(test_set)


@wrong("test_accuracy", mistake="gradients-on")
def with_a_graph(model, test_set):
    device = next(model.parameters()).device
    was_training = model.training
    model.eval()
    correct = 0
    for images, targets in DataLoader(test_set, batch_size=64):
        correct += (model(images.to(device)).detach().argmax(1).cpu() == targets).sum().item()
    model.train(was_training)
    return correct / len(test_set)


@wrong("test_accuracy", mistake="gradients-on")
def notes_of_the_model_rewritten(model, test_set):
    was = model.training
    model.eval()
    device = next(model.parameters()).device
    hits = [model(x.to(device)).argmax(1).cpu() == y for x, y in DataLoader(test_set, 64)]
    for note in getattr(model, "asked", []):
        note.graph = False
    model.train(was)
    return torch.cat(hits).double().mean().item()


@wrong("test_accuracy", mistake="mode-not-restored")
def left_in_eval_mode(model, test_set):
    device = next(model.parameters()).device
    model.eval()
    correct = 0
    with torch.no_grad():
        for images, targets in DataLoader(test_set, batch_size=64):
            correct += (model(images.to(device)).argmax(1).cpu() == targets).sum().item()
    return correct / len(test_set)


@wrong("test_accuracy", mistake="layers-left-out")
def the_flag_of_the_outer_module_put_back(model, test_set):
    was_training = model.training
    model.eval()
    with torch.no_grad():
        targets, classes = _targets_and_classes(model, test_set)
    model.training = was_training
    return (classes == targets).sum().item() / len(targets)


@wrong("test_accuracy", mistake="mode-not-restored")
def always_back_to_training(model, test_set):
    device = next(model.parameters()).device
    model.eval()
    correct = 0
    with torch.no_grad():
        for images, targets in DataLoader(test_set, batch_size=64):
            correct += (model(images.to(device)).argmax(1).cpu() == targets).sum().item()
    model.train()
    return correct / len(test_set)


@wrong("test_accuracy", mistake="images-not-moved")
def images_stay_on_the_cpu(model, test_set):
    correct = 0
    with evaluating(model):
        for images, targets in DataLoader(test_set, batch_size=64):
            correct += (model(images).argmax(1) == targets).sum().item()
    return correct / len(test_set)


@wrong("test_accuracy", mistake="images-not-moved")
def where_a_gpu_would_be(model, test_set):
    correct = 0
    device = "cuda" if torch.cuda.is_available() else "cpu"
    with evaluating(model):
        for images, targets in DataLoader(test_set, batch_size=64):
            classes = model(images.to(device)).argmax(1)
            correct += (classes == targets.to(device)).sum().item()
    return correct / len(test_set)


@wrong("test_accuracy", mistake="no-such-device")
def images_to_cuda(model, test_set):
    correct = 0
    with evaluating(model):
        for images, targets in DataLoader(test_set, batch_size=64):
            correct += (model(images.cuda()).argmax(1) == targets.cuda()).sum().item()
    return correct / len(test_set)


@wrong("test_accuracy", mistake="device-mismatch")
def targets_stay_on_the_cpu(model, test_set):
    correct = 0
    with evaluating(model) as device:
        for images, targets in DataLoader(test_set, batch_size=64):
            correct += (model(images.to(device)).argmax(1) == targets).sum().item()
    return correct / len(test_set)


@wrong("test_accuracy", mistake="device-mismatch")
def numpy_without_the_way_back(model, test_set):
    correct = 0
    with evaluating(model) as device:
        for images, targets in DataLoader(test_set, batch_size=64):
            classes = np.argmax(model(images.to(device)).numpy(), axis=1)
            correct += int((classes == targets.numpy()).sum())
    return correct / len(test_set)


@wrong("test_accuracy", mistake="images-changed")
def normalised_for_the_model(model, test_set):
    correct = 0
    with evaluating(model) as device:
        for images, targets in DataLoader(test_set, batch_size=64):
            logits = model((images.to(device) - 0.1307) / 0.3081)
            correct += (logits.argmax(1).cpu() == targets).sum().item()
    return correct / len(test_set)


@wrong("test_accuracy", mistake="not-drawn-as-pairs")
def the_sets_own_tensors(model, test_set):
    with evaluating(model) as device:
        classes = model(test_set.images.to(device)).argmax(1).cpu()
    return (classes == test_set.targets).float().mean().item()


# ---- test_accuracy, right


@wrong("test_accuracy", mistake="model-moved")
def the_model_comes_to_the_images(model, test_set):
    with evaluating(model.cpu()):
        hits = [model(x).argmax(1) == y for x, y in DataLoader(test_set, batch_size=64)]
    return torch.cat(hits).double().mean().item()


@wrong("test_accuracy", mistake="gradients-left-off")
def gradients_off_for_good(model, test_set):
    torch.set_grad_enabled(False)
    with evaluating(model) as device:
        hits = [model(x.to(device)).argmax(1).cpu() == y for x, y in DataLoader(test_set, 64)]
    torch.set_grad_enabled(False)
    return torch.cat(hits).double().mean().item()


@wrong("test_accuracy", mistake="gradients-left-off")
def parameters_frozen(model, test_set):
    model.requires_grad_(False)
    with evaluating(model) as device:
        hits = [model(x.to(device)).argmax(1).cpu() == y for x, y in DataLoader(test_set, 64)]
    return torch.cat(hits).double().mean().item()


@wrong("test_accuracy", mistake="argument-changed")
def gradients_cleared_first(model, test_set):
    model.zero_grad()
    with evaluating(model) as device:
        hits = [model(x.to(device)).argmax(1).cpu() == y for x, y in DataLoader(test_set, 64)]
    return torch.cat(hits).double().mean().item()


@wrong("test_accuracy", mistake="trained-on-the-test")
def weights_decay_a_little(model, test_set):
    with evaluating(model) as device:
        hits = [model(x.to(device)).argmax(1).cpu() == y for x, y in DataLoader(test_set, 64)]
        for parameter in model.parameters():
            parameter *= 0.99
    return torch.cat(hits).double().mean().item()


@wrong("test_accuracy", mistake="model-copied")
def on_a_copy_on_the_cpu(model, test_set):
    m = copy.deepcopy(model).to("cpu").eval()
    n = 0
    with torch.no_grad():
        for x, y in torch.utils.data.DataLoader(test_set, batch_size=100):
            n += (m(x).argmax(1) == y).sum().item()
    return n / len(test_set)


@right("test_accuracy")
@torch.no_grad()
def everything_in_one_batch(model, test_set):
    mode = model.training
    model.eval()
    images, targets = zip(*(test_set[i] for i in range(len(test_set))), strict=True)
    device = next(iter(model.parameters())).device
    logits = model(torch.stack(images).to(device))
    model.train(mode)
    return float(np.mean(logits.max(1)[1].cpu().numpy() == torch.stack(targets).numpy()))


@right("test_accuracy")
def on_a_copy(model, test_set):
    device = next(model.parameters()).device
    twin = copy.deepcopy(model).eval()
    right = 0
    with torch.no_grad():
        for images, targets in DataLoader(test_set, batch_size=64):
            right += (twin(images.to(device)).argmax(1) == targets.to(device)).sum().item()
    return right / len(test_set)


@wrong("test_accuracy", mistake="no-batch-dimension")
def images_without_a_batch(model, test_set):
    right = 0
    with evaluating(model) as device:
        for image, target in test_set:
            right += (model(image.to(device)).argmax().cpu() == target).item()
    return right / len(test_set)


@right("test_accuracy")
def one_image_at_a_time(model, test_set):
    mode = model.training
    model.eval()
    hits = 0
    try:
        with torch.inference_mode():
            for image, target in test_set:
                where = next(model.parameters()).device
                best = model(image.unsqueeze(0).to(where)).squeeze().argmax().item()
                hits += best == int(target)
    finally:
        model.train(mode)
    return hits / len(test_set)


@right("test_accuracy")
def weighted_means_in_another_order(model, test_set):
    mode = model.training
    model.train(False)
    total = 0.0
    with torch.set_grad_enabled(False):
        for x, y in DataLoader(test_set, batch_size=37, shuffle=True):
            p = F.softmax(model(x.to(next(model.parameters()).device)), dim=-1)
            share = p.topk(1, dim=-1).indices.squeeze(-1).eq(y.to(p.device)).double().mean()
            total += share.item() * x.size(0)
    model.train(mode)
    return total / len(test_set)


# ---- record_accuracy, wrong


def now():
    return datetime.now().astimezone().isoformat()


@wrong("record_accuracy", mistake="record-overwritten")
def opened_with_w(path, accuracy, **details):
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w") as file:
        file.write(json.dumps({"accuracy": accuracy, "recorded_at": now(), **details}) + "\n")


@wrong("record_accuracy", mistake="folder-not-made")
def folder_forgotten(path, accuracy, **details):
    with open(path, "ab+") as file:
        file.seek(0)
        held = file.read()
        line = json.dumps({"accuracy": float(accuracy), "recorded_at": now(), **details}) + "\n"
        file.write((b"" if held.endswith(b"\n") or not held else b"\n") + line.encode())


@wrong("record_accuracy", mistake="folder-not-made")
def only_the_last_folder_made(path, accuracy, **details):
    path.parent.mkdir(exist_ok=True)
    append(path, {"accuracy": float(accuracy), "recorded_at": now(), **details})


@wrong("record_accuracy", mistake="folder-already-there")
def folder_made_each_time(path, accuracy, **details):
    path.parent.mkdir(parents=True)
    with open(path, "a") as file:
        file.write(json.dumps({"accuracy": accuracy, "recorded_at": now(), **details}) + "\n")


@wrong("record_accuracy", mistake="file-already-there")
def only_a_new_file(path, accuracy, **details):
    path.parent.mkdir(parents=True, exist_ok=True)
    record = {"accuracy": accuracy, "recorded_at": now(), **details}
    with path.open("x", encoding="utf-8") as file:
        file.write(json.dumps(record) + "\n")


@wrong("record_accuracy", mistake="file-not-there")
def reads_before_it_is_there(path, accuracy, **details):
    path.parent.mkdir(parents=True, exist_ok=True)
    held = path.read_text(encoding="utf-8")
    record = {"accuracy": accuracy, "recorded_at": now(), **details}
    with path.open("a", encoding="utf-8") as file:
        file.write("\n" * (held[-1:] not in ("", "\n")) + json.dumps(record) + "\n")


def append(path, record):
    """Write a line as it should be done."""
    path.parent.mkdir(parents=True, exist_ok=True)
    held = path.read_text() if path.exists() else ""
    with open(path, "a") as file:
        file.write("\n" * bool(held and not held.endswith("\n")) + json.dumps(record) + "\n")


@wrong("record_accuracy", mistake="records-on-one-line")
def newline_not_mended(path, accuracy, **details):
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "a") as file:
        file.write(json.dumps({"accuracy": accuracy, "recorded_at": now(), **details}) + "\n")


@wrong("record_accuracy", mistake="records-on-one-line")
def newline_forgotten(path, accuracy, **details):
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "a") as file:
        json.dump({"accuracy": accuracy, "recorded_at": now(), **details}, file)


@wrong("record_accuracy", mistake="empty-line")
def newline_always_first(path, accuracy, **details):
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "a") as file:
        file.write("\n" + json.dumps({"accuracy": accuracy, "recorded_at": now(), **details}))


@wrong("record_accuracy", mistake="several-lines")
def indented(path, accuracy, **details):
    path.parent.mkdir(parents=True, exist_ok=True)
    held = path.read_text() if path.exists() else ""
    record = {"accuracy": accuracy, "recorded_at": now(), **details}
    with open(path, "a", encoding="utf-8") as file:
        file.write("\n" * bool(held and not held.endswith("\n")))
        file.write(json.dumps(record, indent=2) + "\n")


@wrong("record_accuracy", mistake="python-instead-of-json")
def str_of_a_dict(path, accuracy, **details):
    path.parent.mkdir(parents=True, exist_ok=True)
    held = path.read_text() if path.exists() else ""
    with open(path, "a", encoding="utf-8") as file:
        record = {"accuracy": accuracy, "recorded_at": now(), **details}
        file.write("\n" * bool(held and not held.endswith("\n")) + str(record) + "\n")


@wrong("record_accuracy", mistake="not-an-object")
def only_the_number(path, accuracy, **details):
    append(path, accuracy)


@wrong("record_accuracy", mistake="accuracy-as-text")
def formatted(path, accuracy, **details):
    append(path, {"accuracy": f"{accuracy:.2%}", "recorded_at": now(), **details})


@wrong("record_accuracy", mistake="accuracy-as-text")
def whatever_is_no_json_becomes_text(path, accuracy, **details):
    path.parent.mkdir(parents=True, exist_ok=True)
    held = path.read_text() if path.exists() else ""
    record = {"accuracy": accuracy, "recorded_at": now(), **details}
    with open(path, "a") as file:
        file.write("\n" * bool(held and not held.endswith("\n")))
        file.write(json.dumps(record, default=str) + "\n")


@wrong("record_accuracy", mistake="percent-instead-of-share")
def times_a_hundred(path, accuracy, **details):
    append(path, {"accuracy": float(accuracy) * 100, "recorded_at": now(), **details})


@wrong("record_accuracy", mistake="accuracy-missing")
def under_another_name(path, accuracy, **details):
    append(path, {"acc": float(accuracy), "recorded_at": now(), **details})


@wrong("record_accuracy", mistake="time-missing")
def time_forgotten(path, accuracy, **details):
    append(path, {"accuracy": float(accuracy), **details})


@wrong("record_accuracy", mistake="not-an-iso-time")
def seconds_since_1970(path, accuracy, **details):
    append(path, {"accuracy": float(accuracy), "recorded_at": time.time(), **details})


@wrong("record_accuracy", mistake="not-an-iso-time")
def as_a_clock_says_it(path, accuracy, **details):
    append(path, {"accuracy": float(accuracy), "recorded_at": time.ctime(), **details})


@wrong("record_accuracy", mistake="date-without-time")
def only_the_date(path, accuracy, **details):
    today = date.today().isoformat()
    append(path, {"accuracy": float(accuracy), "recorded_at": today, **details})


@wrong("record_accuracy", mistake="time-without-zone")
def the_time_of_here_alone(path, accuracy, **details):
    append(path, {"accuracy": float(accuracy), "recorded_at": str(datetime.now()), **details})


@wrong("record_accuracy", mistake="wrong-zone")
def the_time_of_here_as_utc(path, accuracy, **details):
    when = datetime.now().replace(tzinfo=UTC).isoformat()
    append(path, {"accuracy": accuracy, "recorded_at": when, **details})


@wrong("record_accuracy", mistake="wrong-time")
def the_time_of_the_example(path, accuracy, **details):
    then = "2024-03-01T12:00:00+00:00"
    append(path, {"accuracy": float(accuracy), "recorded_at": then, **details})


@wrong("record_accuracy", mistake="details-lost")
def without_the_details(path, accuracy, **details):
    append(path, {"accuracy": float(accuracy), "recorded_at": now()})


@wrong("record_accuracy", mistake="details-nested")
def details_in_a_box(path, accuracy, **details):
    append(path, {"accuracy": float(accuracy), "recorded_at": now(), "details": details})


@wrong("record_accuracy", mistake="details-changed")
def details_as_text(path, accuracy, **details):
    details = {name: str(value) for name, value in details.items()}
    append(path, {"accuracy": float(accuracy), "recorded_at": now(), **details})


@wrong("record_accuracy", mistake="nothing-recorded")
def where_it_likes(path, accuracy, **details):
    record = {"accuracy": float(accuracy), "recorded_at": now(), **details}
    append(path.parent / "accuracy.jsonl", record)


# ---- record_accuracy, right


@wrong("record_accuracy", mistake="old-lines-rewritten")
def every_line_read_and_written(path, accuracy, **details):
    path.parent.mkdir(parents=True, exist_ok=True)
    held = path.read_text(encoding="utf-8") if path.exists() else ""
    records = [json.loads(line) for line in held.splitlines()]
    records.append({"accuracy": float(accuracy), "recorded_at": now(), **details})
    path.write_text("".join(json.dumps(one) + "\n" for one in records), encoding="utf-8")


@wrong("record_accuracy", mistake="wrong-encoding")
def read_as_ascii(path, accuracy, **details):
    path.parent.mkdir(parents=True, exist_ok=True)
    held = path.read_text(encoding="ascii") if path.exists() else ""
    line = json.dumps({"accuracy": float(accuracy), "recorded_at": now(), **details})
    with open(path, "a", encoding="ascii") as file:
        file.write("\n" * bool(held and not held.endswith("\n")) + line + "\n")


AT_FIRST = datetime.now().astimezone().isoformat()


@wrong("record_accuracy", mistake="wrong-time")
def the_time_of_the_import(path, accuracy, **details):
    append(path, {"accuracy": float(accuracy), "recorded_at": AT_FIRST, **details})


@wrong("record_accuracy", mistake="comma-after-record")
def comma_after_each_record(path, accuracy, **details):
    path.parent.mkdir(parents=True, exist_ok=True)
    text = path.read_text() if path.exists() else ""
    with path.open("a") as f:
        if text and not text.endswith("\n"):
            f.write("\n")
        f.write(
            json.dumps(
                {
                    "accuracy": accuracy,
                    "recorded_at": datetime.now().astimezone().isoformat(),
                    **details,
                }
            )
            + ",\n"
        )


@wrong("record_accuracy", mistake="byte-order-mark")
def with_a_byte_order_mark(path, accuracy, **details):
    path.parent.mkdir(parents=True, exist_ok=True)
    text = path.read_text() if path.exists() else ""
    with path.open("a", encoding="utf-8-sig") as f:
        if text and not text.endswith("\n"):
            f.write("\n")
        f.write(
            json.dumps(
                {
                    "accuracy": accuracy,
                    "recorded_at": datetime.now().astimezone().isoformat(),
                    **details,
                }
            )
            + "\n"
        )


@wrong("record_accuracy", mistake="wrong-zone")
def in_winter_in_berlin(path, accuracy, **details):
    path.parent.mkdir(parents=True, exist_ok=True)
    text = path.read_text() if path.exists() else ""
    with path.open("a") as f:
        if text and not text.endswith("\n"):
            f.write("\n")
        f.write(
            json.dumps(
                {
                    "accuracy": accuracy,
                    "recorded_at": datetime.now().isoformat() + "+01:00",
                    **details,
                }
            )
            + "\n"
        )


@wrong("record_accuracy", mistake="record-overwritten")
def newest_line_first(path, accuracy, **details):
    path.parent.mkdir(parents=True, exist_ok=True)
    held = path.read_text(encoding="utf-8") if path.exists() else ""
    record = {"accuracy": accuracy, "recorded_at": datetime.now().astimezone().isoformat()}
    path.write_text(json.dumps(record | details) + "\n" + held, encoding="utf-8")


@wrong("record_accuracy", mistake="wrong-encoding")
def in_latin_1(path, accuracy, **details):
    path.parent.mkdir(parents=True, exist_ok=True)
    held = path.read_bytes() if path.exists() else b""
    record = {"accuracy": accuracy, "recorded_at": datetime.now().astimezone().isoformat()}
    with path.open("a", encoding="latin-1") as file:
        file.write("\n" if held and not held.endswith(b"\n") else "")
        file.write(json.dumps(record | details, ensure_ascii=False) + "\n")


@wrong("record_accuracy", mistake="not-called")
def time_without_brackets(path, accuracy, **details):
    path.parent.mkdir(parents=True, exist_ok=True)
    record = {"accuracy": accuracy, "recorded_at": datetime.now().astimezone().isoformat}
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(record | details) + "\n")


@wrong("record_accuracy", mistake="path-plus-text")
def file_name_longer_than_given(path, accuracy, **details):
    record = {"accuracy": accuracy, "recorded_at": datetime.now().astimezone().isoformat()}
    with open(path + ".jsonl", "a", encoding="utf-8") as file:
        file.write(json.dumps(record | details) + "\n")


@right("record_accuracy")
def all_of_it_written_again(path, accuracy, **details):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    lines = Path(path).read_text().splitlines() if os.path.exists(path) else []
    record = dict(details, accuracy=float(accuracy), recorded_at=str(datetime.now().astimezone()))
    Path(path).write_text("".join(f"{line}\n" for line in [*lines, json.dumps(record)]))


@right("record_accuracy")
def no_newline_at_the_end(path, accuracy, **details):
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    record = {"recorded_at": datetime.now(UTC).isoformat(timespec="seconds")}
    record |= {"accuracy": round(accuracy, 4)} | details
    held = path.read_text(encoding="utf-8").rstrip("\n") if path.exists() else ""
    text = json.dumps(record, ensure_ascii=False, sort_keys=True)
    with path.open("a", encoding="utf-8") as file:
        ends = path.read_text(encoding="utf-8").endswith("\n")
        file.write(f"\n{text}" if held and not ends else text)


@right("record_accuracy")
def by_bytes_from_the_end(path, accuracy, **details):
    if not isinstance(accuracy, int | float):
        raise TypeError(f"accuracy must be a number, not {type(accuracy).__name__}")
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "ab+") as file:
        if file.seek(0, os.SEEK_END):
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":
                file.write(b"\n")
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S%z")
        record = {"accuracy": accuracy, "recorded_at": stamp} | details
        file.write(json.dumps(record).encode() + b"\n")


# ---- confusion_matrix


def true_and_predicted(model, test_set):
    """Return both for each image, as they should be found."""
    with evaluating(model) as device:
        pairs = [(y, model(x.to(device)).argmax(1).cpu()) for x, y in DataLoader(test_set, 50)]
    return torch.cat([y for y, _ in pairs]), torch.cat([p for _, p in pairs])


@wrong("confusion_matrix", mistake="rows-are-predictions")
def rows_and_columns_exchanged(model, test_set):
    matrix = torch.zeros(10, 10, dtype=torch.int64)
    for true, predicted in zip(*true_and_predicted(model, test_set), strict=True):
        matrix[predicted, true] += 1
    return matrix


@wrong("confusion_matrix", mistake="repeats-counted-once")
def added_all_at_once(model, test_set):
    true, predicted = true_and_predicted(model, test_set)
    matrix = torch.zeros(10, 10, dtype=torch.int64)
    matrix[true, predicted] += 1
    return matrix


@wrong("confusion_matrix", mistake="counts-overflow")
def counted_in_bytes(model, test_set):
    matrix = torch.zeros(10, 10, dtype=torch.uint8)
    for true, predicted in zip(*true_and_predicted(model, test_set), strict=True):
        matrix[true, predicted] += 1
    return matrix.long()


@wrong("confusion_matrix", mistake="wrong-dtype")
def made_of_floats(model, test_set):
    matrix = torch.zeros(10, 10)
    for true, predicted in zip(*true_and_predicted(model, test_set), strict=True):
        matrix[true, predicted] += 1
    return matrix


@wrong("confusion_matrix", mistake="missing-digits-left-out")
def only_digits_that_occur(model, test_set):
    true, predicted = true_and_predicted(model, test_set)
    labels = torch.cat([true, predicted]).unique()
    rows = [[((true == i) & (predicted == j)).sum() for j in labels] for i in labels]
    return torch.tensor(rows)


@wrong("confusion_matrix", mistake="too-few-digits")
def up_to_the_largest_digit(model, test_set):
    true, predicted = true_and_predicted(model, test_set)
    size = int(max(true.max(), predicted.max())) + 1
    return torch.bincount(true * size + predicted, minlength=size**2).reshape(size, size)


@wrong("confusion_matrix", mistake="no-eval-mode")
def in_training_mode(model, test_set):
    matrix = torch.zeros(10, 10, dtype=torch.int64)
    for image, target in test_set:
        with torch.no_grad():
            matrix[target, model(image[None]).argmax()] += 1
    return matrix


@right("confusion_matrix")
def with_index_put(model, test_set):
    true, predicted = true_and_predicted(model, test_set)
    ones = torch.ones(len(true), dtype=torch.long)
    return torch.zeros(10, 10, dtype=torch.long).index_put_((true, predicted), ones, True)


@right("confusion_matrix")
def with_loops_and_lists(model, test_set):
    table = [[0] * 10 for _ in range(10)]
    for true, predicted in zip(*true_and_predicted(model, test_set), strict=True):
        table[int(true)][int(predicted)] += 1
    return torch.tensor(table)


# ---- plot_mistakes


@wrong("plot_mistakes", mistake="title-reversed")
def predicted_first(model, test_set, axes):
    true, predicted = true_and_predicted(model, test_set)
    wrong_ones = (true != predicted).nonzero().flatten()
    for ax in np.ravel(axes):
        ax.axis("off")
    for ax, i in zip(np.ravel(axes), wrong_ones, strict=False):
        ax.imshow(test_set[i][0][0].numpy())
        ax.set_title(f"{predicted[i]} → {true[i]}")


@wrong("plot_mistakes", mistake="title-missing")
def untitled(model, test_set, axes):
    true, predicted = true_and_predicted(model, test_set)
    for ax in np.ravel(axes):
        ax.axis("off")
    for ax, i in zip(np.ravel(axes), (true != predicted).nonzero().flatten(), strict=False):
        ax.imshow(test_set[i][0][0].numpy())


@wrong("plot_mistakes", mistake="other-arrow")
def arrow_of_two_signs(model, test_set, axes):
    true, predicted = true_and_predicted(model, test_set)
    for ax in np.ravel(axes):
        ax.axis("off")
    for ax, i in zip(np.ravel(axes), (true != predicted).nonzero().flatten(), strict=False):
        ax.imshow(test_set[i][0][0].numpy())
        ax.set_title(f"{true[i]} -> {predicted[i]}")


@wrong("plot_mistakes", mistake="tensor-in-title")
def tensors_in_the_title(model, test_set, axes):
    true, predicted = true_and_predicted(model, test_set)
    for ax in np.ravel(axes):
        ax.axis("off")
    for ax, i in zip(np.ravel(axes), (true != predicted).nonzero().flatten(), strict=False):
        ax.imshow(test_set[i][0][0].numpy())
        ax.set_title(str(true[i]) + " → " + str(predicted[i]))


@wrong("plot_mistakes", mistake="spare-axes-on")
def spare_axes_left(model, test_set, axes):
    true, predicted = true_and_predicted(model, test_set)
    for ax, i in zip(np.ravel(axes), (true != predicted).nonzero().flatten(), strict=False):
        ax.imshow(test_set[i][0][0].numpy())
        ax.set_title(f"{true[i]} → {predicted[i]}")


@wrong("plot_mistakes", mistake="right-ones-shown")
def the_first_images(model, test_set, axes):
    true, predicted = true_and_predicted(model, test_set)
    for i, ax in enumerate(np.ravel(axes)):
        ax.axis("off")
        ax.imshow(test_set[i][0][0].numpy())
        ax.set_title(f"{true[i]} → {predicted[i]}")


@wrong("plot_mistakes", mistake="shown-twice")
def the_first_mistake_everywhere(model, test_set, axes):
    true, predicted = true_and_predicted(model, test_set)
    wrong_ones = (true != predicted).nonzero().flatten().tolist()
    for n, ax in enumerate(np.ravel(axes)):
        ax.axis("off")
        if n < len(wrong_ones):
            i = wrong_ones[0]
            ax.imshow(test_set[i][0][0].numpy())
            ax.set_title(f"{true[i]} → {predicted[i]}")


@wrong("plot_mistakes", mistake="image-transposed")
def lying_on_its_side(model, test_set, axes):
    true, predicted = true_and_predicted(model, test_set)
    for ax in np.ravel(axes):
        ax.axis("off")
    for ax, i in zip(np.ravel(axes), (true != predicted).nonzero().flatten(), strict=False):
        ax.imshow(test_set[i][0][0].T.numpy())
        ax.set_title(f"{true[i]} → {predicted[i]}")


@wrong("plot_mistakes", mistake="drawn-elsewhere")
def on_the_current_axes(model, test_set, axes):
    import matplotlib.pyplot as plt

    true, predicted = true_and_predicted(model, test_set)
    for ax in np.ravel(axes):
        ax.axis("off")
    for _, i in zip(np.ravel(axes), (true != predicted).nonzero().flatten(), strict=False):
        plt.imshow(test_set[i][0][0].numpy())
        plt.title(f"{true[i]} → {predicted[i]}")


@wrong("plot_mistakes", mistake="shows-window")
def and_shown_at_once(model, test_set, axes):
    import matplotlib.pyplot as plt

    true, predicted = true_and_predicted(model, test_set)
    for ax in np.ravel(axes):
        ax.axis("off")
    for ax, i in zip(np.ravel(axes), (true != predicted).nonzero().flatten(), strict=False):
        ax.imshow(test_set[i][0][0].numpy())
        ax.set_title(f"{true[i]} → {predicted[i]}")
    plt.show()


@wrong("plot_mistakes", mistake="no-eval-mode")
def mistakes_of_training_mode(model, test_set, axes):
    axes, drawn = np.array(axes).flatten(), 0
    with torch.no_grad():
        for image, target in test_set:
            best = model(image[None]).argmax().item()
            if best != target and drawn < len(axes):
                axes[drawn].imshow(image[0].numpy())
                axes[drawn].set_title(f"{target} → {best}")
                drawn += 1
    for ax in axes[drawn:]:
        ax.axis("off")


@wrong("plot_mistakes", mistake="image-upside-down")
def first_row_at_the_bottom(model, test_set, axes):
    true, predicted = true_and_predicted(model, test_set)
    for ax in np.ravel(axes):
        ax.axis("off")
    for ax, i in zip(np.ravel(axes), (true != predicted).nonzero().flatten(), strict=False):
        ax.imshow(test_set[i][0][0].numpy(), origin="lower")
        ax.set_title(f"{true[i]} → {predicted[i]}")


@wrong("plot_mistakes", mistake="image-upside-down")
def as_a_mesh_from_below(model, test_set, axes):
    true, predicted = true_and_predicted(model, test_set)
    for ax in np.ravel(axes):
        ax.axis("off")
    for ax, i in zip(np.ravel(axes), (true != predicted).nonzero().flatten(), strict=False):
        ax.pcolormesh(test_set[i][0][0].numpy())
        ax.set_title(f"{true[i]} → {predicted[i]}")


@wrong("plot_mistakes", mistake="image-reshaped")
def in_rows_of_56(model, test_set, axes):
    true, predicted = true_and_predicted(model, test_set)
    for ax in np.ravel(axes):
        ax.axis("off")
    for ax, i in zip(np.ravel(axes), (true != predicted).nonzero().flatten(), strict=False):
        ax.imshow(test_set[i][0].reshape(14, 56))
        ax.set_title(f"{true[i]} → {predicted[i]}")


@wrong("plot_mistakes", mistake="nothing-to-see")
def as_if_pixels_went_to_255(model, test_set, axes):
    true, predicted = true_and_predicted(model, test_set)
    for ax in np.ravel(axes):
        ax.axis("off")
    for ax, i in zip(np.ravel(axes), (true != predicted).nonzero().flatten(), strict=False):
        ax.imshow(test_set[i][0][0], cmap="gray", vmin=0, vmax=255)
        ax.set_title(f"{true[i]} → {predicted[i]}")


@right("plot_mistakes")
def turned_twice_and_in_bytes(model, test_set, axes):
    true, predicted = true_and_predicted(model, test_set)
    for ax in np.ravel(axes):
        ax.axis("off")
    for ax, i in zip(np.ravel(axes), (true != predicted).nonzero().flatten(), strict=False):
        pixels = (255 * test_set[i][0][0]).byte().numpy()
        ax.imshow(np.flipud(np.stack([pixels] * 3, axis=-1)), origin="lower")
        ax.set_title(f"{true[i]} → {predicted[i]}")


@right("plot_mistakes")
def as_a_mesh_upside_up(model, test_set, axes):
    true, predicted = true_and_predicted(model, test_set)
    for ax in np.ravel(axes):
        ax.axis("off")
    for ax, i in zip(np.ravel(axes), (true != predicted).nonzero().flatten(), strict=False):
        ax.pcolormesh(test_set[i][0][0], cmap="Greys")
        ax.invert_yaxis()
        ax.set_title(f"{true[i]} → {predicted[i]}")


@right("plot_mistakes")
def as_a_mesh_with_axes_removed(model, test_set, axes):
    true, predicted = true_and_predicted(model, test_set)
    spare = list(axes.ravel() if isinstance(axes, np.ndarray) else axes)
    for i in reversed(range(len(true))):
        if true[i] != predicted[i] and spare:
            ax = spare.pop(0)
            image, label = test_set[i]
            ax.pcolormesh(np.flipud(1 - image.squeeze(0).numpy()), cmap="gray")
            ax.set_aspect("equal")
            ax.set_title("{}→{}".format(label.item(), predicted[i].item()), loc="left")
    for ax in spare:
        ax.remove()


@right("plot_mistakes")
def in_colour_and_invisible(model, test_set, axes):
    true, predicted = true_and_predicted(model, test_set)
    wrong_ones = iter((true != predicted).nonzero().flatten().tolist())
    for ax in axes.flat if hasattr(axes, "flat") else axes:
        i = next(wrong_ones, None)
        if i is None:
            ax.set_visible(False)
            continue
        ax.matshow(255 * test_set[i][0].repeat(3, 1, 1).permute(1, 2, 0).numpy() // 1 / 255)
        ax.set(title=f"{true[i]} → {predicted[i]}", xticks=[], yticks=[])


# ---- devices and kinds


@right("record_accuracy")
def floats_only(path, accuracy, **details):
    assert isinstance(accuracy, float), "the accuracy is a float"
    path.parent.mkdir(parents=True, exist_ok=True)
    held = path.read_text(encoding="utf-8") if path.exists() else ""
    mend = "" if not held or held.endswith("\n") else "\n"
    now = datetime.now().astimezone().isoformat()
    with path.open("a", encoding="utf-8") as file:
        file.write(mend + json.dumps({"accuracy": accuracy, "recorded_at": now, **details}) + "\n")
