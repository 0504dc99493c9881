"""Day 12: attempts that the tests must tell apart."""

import copy
import random
import statistics

import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import BatchSampler, ConcatDataset, DataLoader, RandomSampler, Subset

from kata.attempts import right, wrong

# train_epoch, wrong


@wrong("train_epoch", mistake="no-zero-grad")
def never_empties_the_gradients(model, loader, loss_fn, optimizer):
    model.train()
    total, n = 0.0, 0
    for x, y in loader:
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(y)
        n += len(y)
    return total / n


@wrong("train_epoch", mistake="no-zero-grad")
def empties_the_gradients_once_an_epoch(model, loader, loss_fn, optimizer):
    model.train()
    optimizer.zero_grad()
    total, n = 0.0, 0
    for x, y in loader:
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(y)
        n += len(y)
    return total / n


@wrong("train_epoch", mistake="no-zero-grad")
def zero_grad_without_parentheses(model, loader, loss_fn, optimizer):
    model.train()
    total, n = 0.0, 0
    for x, y in loader:
        optimizer.zero_grad
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(y)
        n += len(y)
    return total / n


@wrong("train_epoch", mistake="zero-grad-before-step")
def empties_the_gradients_too_late(model, loader, loss_fn, optimizer):
    model.train()
    total, n = 0.0, 0
    for x, y in loader:
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.zero_grad()
        optimizer.step()
        total += loss.item() * len(y)
        n += len(y)
    return total / n


@wrong("train_epoch", mistake="step-before-backward")
def steps_before_backward(model, loader, loss_fn, optimizer):
    model.train()
    total, n = 0.0, 0
    for x, y in loader:
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        optimizer.step()
        loss.backward()
        total += loss.item() * len(y)
        n += len(y)
    return total / n


@wrong("train_epoch", mistake="step-before-backward")
def steps_first_with_the_gradient_of_before(model, loader, loss_fn, optimizer):
    model.train()
    total, n = 0.0, 0
    for x, y in loader:
        loss = loss_fn(model(x), y)
        optimizer.step()
        optimizer.zero_grad()
        loss.backward()
        total += loss.item() * len(y)
        n += len(y)
    return total / n


@wrong("train_epoch", mistake="no-step")
def never_steps(model, loader, loss_fn, optimizer):
    model.train()
    total, n = 0.0, 0
    for x, y in loader:
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        total += loss.item() * len(y)
        n += len(y)
    return total / n


@wrong("train_epoch", mistake="no-step")
def step_without_parentheses(model, loader, loss_fn, optimizer):
    model.train()
    total, n = 0.0, 0
    for x, y in loader:
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step
        total += loss.item() * len(y)
        n += len(y)
    return total / n


@wrong("train_epoch", mistake="no-backward")
def never_computes_gradients(model, loader, loss_fn, optimizer):
    model.train()
    total, n = 0.0, 0
    for x, y in loader:
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        optimizer.step()
        total += loss.item() * len(y)
        n += len(y)
    return total / n


@wrong("train_epoch", mistake="step-after-the-loop")
def steps_once_at_the_end(model, loader, loss_fn, optimizer):
    model.train()
    total, n = 0.0, 0
    optimizer.zero_grad()
    for x, y in loader:
        loss = loss_fn(model(x), y)
        loss.backward()
        total += loss.item() * len(y)
        n += len(y)
    optimizer.step()
    return total / n


@wrong("train_epoch", mistake="no-train-mode")
def leaves_the_mode_as_it_is(model, loader, loss_fn, optimizer):
    total, n = 0.0, 0
    for x, y in loader:
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(y)
        n += len(y)
    return total / n


@wrong("train_epoch", mistake="no-train-mode")
def switches_the_mode_too_late(model, loader, loss_fn, optimizer):
    total, n = 0.0, 0
    for x, y in loader:
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        model.train()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(y)
        n += len(y)
    return total / n


@wrong("train_epoch", mistake="no-train-mode")
def sets_the_flag_of_the_outer_module_only(model, loader, loss_fn, optimizer):
    model.training = True
    total, n = 0.0, 0
    for x, y in loader:
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(y)
        n += len(y)
    return total / n


@wrong("train_epoch", mistake="tensor-instead-of-float")
def adds_up_tensors(model, loader, loss_fn, optimizer):
    model.train()
    total, n = 0, 0
    for x, y in loader:
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss * len(y)
        n += len(y)
    return total / n


@wrong("train_epoch", mistake="tensor-instead-of-float")
def adds_up_detached_tensors(model, loader, loss_fn, optimizer):
    model.train()
    total, n = 0, 0
    for x, y in loader:
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.detach() * len(y)
        n += len(y)
    return total / n


@wrong("train_epoch", mistake="graph-kept")
def adds_up_tensors_and_takes_the_number_last(model, loader, loss_fn, optimizer):
    model.train()
    total, n = 0, 0
    for x, y in loader:
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss * len(y)
        n += len(y)
    return total.item() / n


@wrong("train_epoch", mistake="graph-kept")
def collects_losses_in_a_list(model, loader, loss_fn, optimizer):
    model.train()
    losses, sizes = [], []
    for x, y in loader:
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss)
        sizes.append(len(y))
    return sum(loss.item() * size for loss, size in zip(losses, sizes)) / sum(sizes)


@wrong("train_epoch", mistake="mean-of-batch-means")
def averages_over_batches(model, loader, loss_fn, optimizer):
    model.train()
    total, batches = 0.0, 0
    for x, y in loader:
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item()
        batches += 1
    return total / batches


@wrong("train_epoch", mistake="mean-of-batch-means")
def divides_by_the_length_of_the_loader(model, loader, loss_fn, optimizer):
    model.train()
    total = 0.0
    for x, y in loader:
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item()
    return total / len(loader)


@wrong("train_epoch", mistake="last-batch-only")
def returns_the_last_loss(model, loader, loss_fn, optimizer):
    model.train()
    for x, y in loader:
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
    return loss.item()


@wrong("train_epoch", mistake="sum-of-batches")
def returns_the_sum(model, loader, loss_fn, optimizer):
    model.train()
    total = 0.0
    for x, y in loader:
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item()
    return total


@wrong("train_epoch", mistake="sum-instead-of-mean")
def forgets_to_divide(model, loader, loss_fn, optimizer):
    model.train()
    total = 0.0
    for x, y in loader:
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(y)
    return total


@wrong("train_epoch", mistake="divided-by-samples-twice")
def forgets_to_multiply(model, loader, loss_fn, optimizer):
    model.train()
    total, n = 0.0, 0
    for x, y in loader:
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item()
        n += len(y)
    return total / n


@wrong("train_epoch", mistake="loss-after-step")
def computes_the_loss_again_after_the_step(model, loader, loss_fn, optimizer):
    model.train()
    total, n = 0.0, 0
    for x, y in loader:
        optimizer.zero_grad()
        loss_fn(model(x), y).backward()
        optimizer.step()
        with torch.no_grad():
            total += loss_fn(model(x), y).item() * len(y)
        n += len(y)
    return total / n


@wrong("train_epoch", mistake="optimizer-ignored")
def makes_an_optimizer_of_its_own(model, loader, loss_fn, optimizer):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    model.train()
    total, n = 0.0, 0
    for x, y in loader:
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(y)
        n += len(y)
    return total / n


@wrong("train_epoch", mistake="optimizer-ignored")
def steps_by_hand_with_its_learning_rate(model, loader, loss_fn, optimizer):
    lr = optimizer.param_groups[0]["lr"]
    model.train()
    total, n = 0.0, 0
    for x, y in loader:
        model.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        with torch.no_grad():
            for p in model.parameters():
                p -= lr * p.grad
        total += loss.item() * len(y)
        n += len(y)
    return total / n


@wrong("train_epoch", mistake="loss-function-ignored")
def always_cross_entropy(model, loader, loss_fn, optimizer):
    model.train()
    total, n = 0.0, 0
    for x, y in loader:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(y)
        n += len(y)
    return total / n


@wrong("train_epoch", mistake="arguments-swapped")
def target_first(model, loader, loss_fn, optimizer):
    model.train()
    total, n = 0.0, 0
    for x, y in loader:
        optimizer.zero_grad()
        loss = loss_fn(y, model(x))
        loss.backward()
        optimizer.step()
        total += loss.item() * len(y)
        n += len(y)
    return total / n


@wrong("train_epoch", mistake="softmax-before-loss")
def softmax_first(model, loader, loss_fn, optimizer):
    model.train()
    total, n = 0.0, 0
    for x, y in loader:
        optimizer.zero_grad()
        loss = loss_fn(torch.softmax(model(x), dim=1), y)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(y)
        n += len(y)
    return total / n


@wrong("train_epoch", mistake="inputs-flattened")
def flattens_what_it_trains_on(model, loader, loss_fn, optimizer):
    model.train()
    total, n = 0.0, 0
    for x, y in loader:
        x = x.view(len(x), -1)
        loss = loss_fn(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(y)
        n += len(y)
    return total / n


@wrong("train_epoch", mistake="argument-changed")
def tracks_the_inputs(model, loader, loss_fn, optimizer):
    model.train()
    total, n = 0.0, 0
    for x, y in loader:
        x.requires_grad_()
        loss = loss_fn(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(y)
        n += len(y)
    return total / n


@wrong("train_epoch", mistake="zero-grad-before-step")
def puts_functions_in_the_place_of_the_models(model, loader, loss_fn, optimizer):
    model.weights = model.gradient = lambda *arguments: torch.zeros(0, 1)
    model.train()
    total, n = 0.0, 0
    for x, y in loader:
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.zero_grad()
        optimizer.step()
        total += loss.item() * len(y)
        n += len(y)
    return total / n


@wrong("train_epoch", mistake="sum-instead-of-mean")
def backward_from_the_sum(model, loader, loss_fn, optimizer):
    model.train()
    total, n = 0.0, 0
    for x, y in loader:
        loss = loss_fn(model(x), y) * len(y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item()
        n += len(y)
    return total / n


@right("train_epoch")
def asks_the_loader_for_its_set(model, loader, loss_fn, optimizer):
    model.train()
    total = 0.0
    for x, y in loader:
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(y)
    return total / len(loader.dataset)


@wrong("train_epoch", mistake="not-one-pass")
def trains_three_epochs(model, loader, loss_fn, optimizer):
    model.train()
    for _ in range(3):
        total, n = 0.0, 0
        for x, y in loader:
            optimizer.zero_grad()
            loss = loss_fn(model(x), y)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(y)
            n += len(y)
    return total / n


@wrong("train_epoch", mistake="returns-none")
def forgets_to_return(model, loader, loss_fn, optimizer):
    model.train()
    total, n = 0.0, 0
    for x, y in loader:
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(y)
        n += len(y)


@wrong("train_epoch", mistake="argument-changed")
def scales_the_images_in_place(model, loader, loss_fn, optimizer):
    model.train()
    total, n = 0.0, 0
    for x, y in loader:
        x /= 255
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(y)
        n += len(y)
    return total / n


@wrong("train_epoch", mistake="model-not-called")
def the_answer_of_the_example(model, loader, loss_fn, optimizer):
    return 2.0


@wrong("train_epoch", mistake="state-kept")
def a_list_as_default_argument(model, loader, loss_fn, optimizer, losses=[]):
    model.train()
    for x, y in loader:
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        losses += [loss.item()] * len(y)
    return sum(losses) / len(losses)


# train_epoch, right


@right("train_epoch")
def empties_after_the_step(model, loader, loss_fn, optimizer):
    model.train()
    total = 0.0
    n = 0
    for inputs, targets in loader:
        outputs = model(inputs)
        loss = loss_fn(outputs, targets)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        total += loss.item() * inputs.size(0)
        n += inputs.size(0)
    return total / n


@right("train_epoch")
def empties_by_the_model(model, loader, loss_fn, optimizer):
    model.train(True)
    losses, sizes = [], []
    for batch in loader:
        x, y = batch[0], batch[1]
        model.zero_grad(set_to_none=False)
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        sizes.append(x.shape[0])
    return float(np.average(losses, weights=sizes))


@right("train_epoch")
def empties_at_the_top_and_is_in_eval_mode_after(model, loader, loss_fn, optimizer, verbose=False):
    model.train()
    history = []
    for step, (x, y) in enumerate(loader):
        optimizer.zero_grad(set_to_none=True)
        prediction = model(x)
        loss = loss_fn(prediction, y)
        loss.backward()
        optimizer.step()
        history += [loss.detach()] * len(x)
        if verbose and step % 100 == 0:
            print(loss.item())
    model.eval()
    return torch.stack(history).mean().item()


@right("train_epoch")
def with_a_closure(model, loader, loss_fn, optimizer):
    model.train()
    total, n = 0.0, 0
    for x, y in loader:

        def closure():
            optimizer.zero_grad()
            loss = loss_fn(model(x), y)
            loss.backward()
            return loss

        total += float(optimizer.step(closure)) * len(y)
        n += len(y)
    return total / n


@right("train_epoch")
def to_the_models_device(model, loader, loss_fn, optimizer):
    device = next(model.parameters()).device
    model.train()
    total = torch.zeros((), dtype=torch.float64)
    count = 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        loss = loss_fn(model(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.detach() * len(labels)
        count += len(labels)
    return (total / count).item()


def one_batch(model, x, y, loss_fn, optimizer):
    loss = loss_fn(model(x), y)
    for group in optimizer.param_groups:
        for p in group["params"]:
            p.grad = None
    loss.backward()
    optimizer.step()
    return loss.item(), len(x)


@right("train_epoch")
def in_two_functions(model, loader, loss_fn, optimizer):
    model.train()
    pairs = [one_batch(model, x, y, loss_fn, optimizer) for x, y in loader]
    return sum(loss * size for loss, size in pairs) / sum(size for _, size in pairs)


@right("train_epoch")
def with_a_running_mean(model, loader, loss_fn, optimizer):
    model.train()
    mean, seen = 0.0, 0
    for x, y in loader:
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        seen += len(x)
        mean += (loss.item() - mean) * len(x) / seen
    return mean


@right("train_epoch")
def gradients_by_autograd_grad(model, loader, loss_fn, optimizer):
    model.train()
    parameters = list(model.parameters())
    total, n = 0.0, 0
    for x, y in loader:
        loss = loss_fn(model(x), y)
        for p, g in zip(parameters, torch.autograd.grad(loss, parameters)):
            p.grad = g
        optimizer.step()
        total += loss.item() * len(y)
        n += len(y)
    return total / n


@right("train_epoch")
def counts_the_right_ones_too(model, loader, loss_fn, optimizer):
    total, n, hits = 0.0, 0, 0
    for x, y in loader:
        model.train()
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        model.eval()
        with torch.no_grad():
            hits += (model(x).argmax(1, keepdim=True) == y.reshape(len(y), -1)).sum().item()
        total += loss.item() * len(y)
        n += len(y)
    return total / n


# evaluate, wrong


@wrong("train_epoch", mistake="loss-reset")
def reset_every_2000(model, loader, loss_fn, optimizer):
    running_loss = 0.0
    model.train()
    seen = 0
    for i, (x, y) in enumerate(loader):
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        running_loss += loss.item() * len(x)
        seen += len(x)
        if i % 2000 == 1999:
            print(running_loss / seen)
            running_loss = 0.0
            seen = 0
    return running_loss / max(seen, 1)


@wrong("train_epoch", mistake="loss-reset")
def reset_every_100_but_not_the_samples(model, loader, loss_fn, optimizer):
    running_loss = 0.0
    model.train()
    seen = 0
    for i, (x, y) in enumerate(loader):
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        running_loss += loss.item() * len(x)
        seen += len(x)
        if i % 100 == 99:
            print(f"batch {i + 1}: loss {running_loss / seen:.3f}")
            running_loss = 0.0
    return running_loss / seen


@wrong("train_epoch", mistake="loss-not-counted")
def as_the_tutorial_with_last_loss(model, loader, loss_fn, optimizer):
    running_loss = 0.0
    last_loss = 0.0
    model.train()
    for i, (x, y) in enumerate(loader):
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        running_loss += loss.item()
        if i % 1000 == 999:
            last_loss = running_loss / 1000
            print("  batch {} loss: {}".format(i + 1, last_loss))
            running_loss = 0.0
    return last_loss


@wrong("train_epoch", mistake="backward-twice")
def backward_twice(model, loader, loss_fn, optimizer):
    model.train()
    total, seen = 0.0, 0
    for x, y in loader:
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward(retain_graph=True)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(x)
        seen += len(x)
    return total / seen


@wrong("train_epoch", mistake="stepped-after-nothing")
def hand_sgd_without_backward(model, loader, loss_fn, optimizer):
    model.train()
    total, seen = 0.0, 0
    for x, y in loader:
        loss = loss_fn(model(x), y)
        with torch.no_grad():
            for p in model.parameters():
                p -= 0.1 * p.grad
        total += loss.item() * len(x)
        seen += len(x)
    return total / seen


@wrong("train_epoch", mistake="no-backward")
def grad_unassigned(model, loader, loss_fn, optimizer):
    model.train()
    total, seen = 0.0, 0
    for x, y in loader:
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        torch.autograd.grad(loss, list(model.parameters()))
        optimizer.step()
        total += loss.item() * len(x)
        seen += len(x)
    return total / seen


@wrong("evaluate", mistake="no-eval-mode")
def looks_in_the_mode_it_finds(model, loader, loss_fn):
    total, correct, n = 0.0, 0, 0
    with torch.no_grad():
        for x, y in loader:
            out = model(x)
            total += loss_fn(out, y).item() * len(y)
            correct += (out.argmax(1) == y).sum().item()
            n += len(y)
    return total / n, correct / n


@wrong("evaluate", mistake="no-eval-mode")
def eval_without_parentheses(model, loader, loss_fn):
    was_training = model.training
    model.eval
    total, correct, n = 0.0, 0, 0
    with torch.no_grad():
        for x, y in loader:
            out = model(x)
            total += loss_fn(out, y).item() * len(y)
            correct += (out.argmax(1) == y).sum().item()
            n += len(y)
    model.train(was_training)
    return total / n, correct / n


@wrong("evaluate", mistake="mode-not-restored")
def stays_in_eval_mode(model, loader, loss_fn):
    model.eval()
    total, correct, n = 0.0, 0, 0
    with torch.no_grad():
        for x, y in loader:
            out = model(x)
            total += loss_fn(out, y).item() * len(y)
            correct += (out.argmax(1) == y).sum().item()
            n += len(y)
    return total / n, correct / n


@wrong("evaluate", mistake="mode-not-restored")
def always_back_to_training(model, loader, loss_fn):
    model.eval()
    total, correct, n = 0.0, 0, 0
    with torch.no_grad():
        for x, y in loader:
            out = model(x)
            total += loss_fn(out, y).item() * len(y)
            correct += (out.argmax(1) == y).sum().item()
            n += len(y)
    model.train()
    return total / n, correct / n


@wrong("evaluate", mistake="mode-not-restored")
def remembers_the_mode_too_late(model, loader, loss_fn):
    model.eval()
    was_training = model.training
    total, correct, n = 0.0, 0, 0
    with torch.no_grad():
        for x, y in loader:
            out = model(x)
            total += loss_fn(out, y).item() * len(y)
            correct += (out.argmax(1) == y).sum().item()
            n += len(y)
    model.train(was_training)
    return total / n, correct / n


@wrong("evaluate", mistake="gradients-on")
def builds_a_graph(model, loader, loss_fn):
    was_training = model.training
    model.eval()
    total, correct, n = 0.0, 0, 0
    for x, y in loader:
        out = model(x)
        total += loss_fn(out, y).item() * len(y)
        correct += (out.argmax(1) == y).sum().item()
        n += len(y)
    model.train(was_training)
    return total / n, correct / n


@wrong("evaluate", mistake="gradients-on")
def detaches_only(model, loader, loss_fn):
    was_training = model.training
    model.eval()
    total, correct, n = 0.0, 0, 0
    for x, y in loader:
        out = model(x).detach()
        total += loss_fn(out, y).item() * len(y)
        correct += (out.argmax(1) == y).sum().item()
        n += len(y)
    model.train(was_training)
    return total / n, correct / n


@wrong("evaluate", mistake="gradients-left-off")
def switches_gradients_off_for_good(model, loader, loss_fn):
    was_training = model.training
    model.eval()
    torch.set_grad_enabled(False)
    total, correct, n = 0.0, 0, 0
    for x, y in loader:
        out = model(x)
        total += loss_fn(out, y).item() * len(y)
        correct += (out.argmax(1) == y).sum().item()
        n += len(y)
    model.train(was_training)
    return total / n, correct / n


@wrong("evaluate", mistake="gradients-left-off")
def freezes_the_model_for_good(model, loader, loss_fn):
    was_training = model.training
    model.eval()
    model.requires_grad_(False)
    total, correct, n = 0.0, 0, 0
    for x, y in loader:
        out = model(x)
        total += loss_fn(out, y).item() * len(y)
        correct += (out.argmax(1) == y).sum().item()
        n += len(y)
    model.train(was_training)
    return total / n, correct / n


@wrong("evaluate", mistake="argmax-over-batch")
def best_sample_of_each_class(model, loader, loss_fn):
    was_training = model.training
    model.eval()
    total, correct, n = 0.0, 0, 0
    with torch.no_grad():
        for x, y in loader:
            out = model(x)
            total += loss_fn(out, y).item() * len(y)
            correct += (out.argmax(dim=0) == y).sum().item()
            n += len(y)
    model.train(was_training)
    return total / n, correct / n


@wrong("evaluate", mistake="broadcast-comparison")
def keeps_the_dimension(model, loader, loss_fn):
    was_training = model.training
    model.eval()
    total, correct, n = 0.0, 0, 0
    with torch.no_grad():
        for x, y in loader:
            out = model(x)
            total += loss_fn(out, y).item() * len(y)
            correct += (out.argmax(dim=1, keepdim=True) == y).sum().item()
            n += len(y)
    model.train(was_training)
    return total / n, correct / n


@wrong("evaluate", mistake="mean-of-batch-means")
def means_over_batches(model, loader, loss_fn):
    was_training = model.training
    model.eval()
    losses, accuracies = [], []
    with torch.no_grad():
        for x, y in loader:
            out = model(x)
            losses.append(loss_fn(out, y).item())
            accuracies.append((out.argmax(1) == y).float().mean().item())
    model.train(was_training)
    return sum(losses) / len(losses), sum(accuracies) / len(accuracies)


@wrong("evaluate", mistake="mean-of-batch-means")
def loss_by_batches_accuracy_by_samples(model, loader, loss_fn):
    was_training = model.training
    model.eval()
    total, correct, batches, n = 0.0, 0, 0, 0
    with torch.no_grad():
        for x, y in loader:
            out = model(x)
            total += loss_fn(out, y).item()
            correct += (out.argmax(1) == y).sum().item()
            batches += 1
            n += len(y)
    model.train(was_training)
    return total / batches, correct / n


@wrong("evaluate", mistake="divided-by-batches")
def accuracy_by_batches(model, loader, loss_fn):
    was_training = model.training
    model.eval()
    total, correct, batches, n = 0.0, 0, 0, 0
    with torch.no_grad():
        for x, y in loader:
            out = model(x)
            total += loss_fn(out, y).item() * len(y)
            correct += (out.argmax(1) == y).sum().item()
            batches += 1
            n += len(y)
    model.train(was_training)
    return total / n, correct / batches


@wrong("evaluate", mistake="percent")
def in_percent(model, loader, loss_fn):
    was_training = model.training
    model.eval()
    total, correct, n = 0.0, 0, 0
    with torch.no_grad():
        for x, y in loader:
            out = model(x)
            total += loss_fn(out, y).item() * len(y)
            correct += (out.argmax(1) == y).sum().item()
            n += len(y)
    model.train(was_training)
    return total / n, 100 * correct / n


@wrong("evaluate", mistake="tensor-instead-of-float")
def accuracy_is_a_tensor(model, loader, loss_fn):
    was_training = model.training
    model.eval()
    total, correct, n = 0.0, 0, 0
    with torch.no_grad():
        for x, y in loader:
            out = model(x)
            total += loss_fn(out, y).item() * len(y)
            correct += (out.argmax(1) == y).sum()
            n += len(y)
    model.train(was_training)
    return total / n, correct / n


@wrong("evaluate", mistake="results-swapped")
def accuracy_first(model, loader, loss_fn):
    was_training = model.training
    model.eval()
    total, correct, n = 0.0, 0, 0
    with torch.no_grad():
        for x, y in loader:
            out = model(x)
            total += loss_fn(out, y).item() * len(y)
            correct += (out.argmax(1) == y).sum().item()
            n += len(y)
    model.train(was_training)
    return correct / n, total / n


@wrong("evaluate", mistake="error-instead-of-accuracy")
def share_of_the_wrong_ones(model, loader, loss_fn):
    was_training = model.training
    model.eval()
    total, wrong_ones, n = 0.0, 0, 0
    with torch.no_grad():
        for x, y in loader:
            out = model(x)
            total += loss_fn(out, y).item() * len(y)
            wrong_ones += (out.argmax(1) != y).sum().item()
            n += len(y)
    model.train(was_training)
    return total / n, wrong_ones / n


@wrong("evaluate", mistake="last-batch-only")
def counts_the_last_batch(model, loader, loss_fn):
    was_training = model.training
    model.eval()
    with torch.no_grad():
        for x, y in loader:
            out = model(x)
            loss = loss_fn(out, y).item()
            accuracy = (out.argmax(1) == y).float().mean().item()
    model.train(was_training)
    return loss, accuracy


@wrong("evaluate", mistake="last-batch-only")
def returns_out_of_the_loop(model, loader, loss_fn):
    was_training = model.training
    model.eval()
    total, correct, n = 0.0, 0, 0
    with torch.no_grad():
        for x, y in list(loader)[-1:]:
            out = model(x)
            total += loss_fn(out, y).item() * len(y)
            correct += (out.argmax(1) == y).sum().item()
            n += len(y)
    model.train(was_training)
    return total / n, correct / n


@wrong("evaluate", mistake="loss-function-ignored")
def evaluates_cross_entropy(model, loader, loss_fn):
    was_training = model.training
    model.eval()
    total, correct, n = 0.0, 0, 0
    with torch.no_grad():
        for x, y in loader:
            out = model(x)
            total += F.cross_entropy(out, y, reduction="sum").item()
            correct += (out.argmax(1) == y).sum().item()
            n += len(y)
    model.train(was_training)
    return total / n, correct / n


@wrong("evaluate", mistake="softmax-before-loss")
def probabilities_into_the_loss(model, loader, loss_fn):
    was_training = model.training
    model.eval()
    total, correct, n = 0.0, 0, 0
    with torch.no_grad():
        for x, y in loader:
            out = model(x).softmax(dim=1)
            total += loss_fn(out, y).item() * len(y)
            correct += (out.argmax(1) == y).sum().item()
            n += len(y)
    model.train(was_training)
    return total / n, correct / n


@wrong("evaluate", mistake="inputs-flattened")
def flattens_what_it_tests(model, loader, loss_fn):
    was_training = model.training
    model.eval()
    total, right, n = 0.0, 0, 0
    with torch.no_grad():
        for x, y in loader:
            out = model(x.flatten(1))
            total += loss_fn(out, y).item() * len(y)
            right += (out.argmax(dim=1) == y).sum().item()
            n += len(y)
    model.train(was_training)
    return total / n, right / n


@wrong("evaluate", mistake="not-one-pass")
def the_accuracy_in_a_second_pass(model, loader, loss_fn):
    was_training = model.training
    model.eval()
    with torch.no_grad():
        losses = [(loss_fn(model(x), y).item(), len(y)) for x, y in loader]
        hits = torch.cat([model(x).argmax(1) == y for x, y in loader])
    model.train(was_training)
    return sum(a * n for a, n in losses) / len(hits), hits.float().mean().item()


@wrong("evaluate", mistake="argument-changed")
def empties_the_gradients(model, loader, loss_fn):
    model.zero_grad()
    was_training = model.training
    model.eval()
    total, right, n = 0.0, 0, 0
    with torch.no_grad():
        for x, y in loader:
            out = model(x)
            total += loss_fn(out, y).item() * len(y)
            right += (out.argmax(dim=1) == y).sum().item()
            n += len(y)
    model.train(was_training)
    return total / n, right / n


@wrong("evaluate", mistake="argument-changed")
def fills_the_gradients_with_zeros(model, loader, loss_fn):
    for p in model.parameters():
        p.grad = torch.zeros_like(p)
    was_training = model.training
    model.eval()
    total, right, n = 0.0, 0, 0
    with torch.no_grad():
        for x, y in loader:
            out = model(x)
            total += loss_fn(out, y).item() * len(y)
            right += (out.argmax(dim=1) == y).sum().item()
            n += len(y)
    model.train(was_training)
    return total / n, right / n


@wrong("evaluate", mistake="gradients-left-off")
def freezes_the_parameters(model, loader, loss_fn):
    model.requires_grad_(False)
    was_training = model.training
    model.eval()
    total, right, n = 0.0, 0, 0
    with torch.no_grad():
        for x, y in loader:
            out = model(x)
            total += loss_fn(out, y).item() * len(y)
            right += (out.argmax(dim=1) == y).sum().item()
            n += len(y)
    model.train(was_training)
    return total / n, right / n


@wrong("evaluate", mistake="gradients-on")
def rewrites_the_notes_of_the_model(model, loader, loss_fn):
    was_training = model.training
    model.eval()
    total, right, n = 0.0, 0, 0
    for x, y in loader:
        out = model(x)
        total += loss_fn(out, y).item() * len(y)
        right += (out.argmax(dim=1) == y).sum().item()
        n += len(y)
    for note in getattr(model, "passes", []):
        note.graph = False
    model.train(was_training)
    return total / n, right / n


@wrong("evaluate", mistake="not-called")
def with_no_grad_but_no_brackets(model, loader, loss_fn):
    was_training = model.training
    model.eval()
    total, hits, n = 0.0, 0, 0
    with torch.no_grad:
        for x, y in loader:
            outputs = model(x)
            total += loss_fn(outputs, y).item() * len(y)
            hits += (outputs.argmax(dim=1) == y).sum().item()
            n += len(y)
    model.train(was_training)
    return total / n, hits / n


@right("evaluate")
def on_a_copy_in_eval_mode(model, loader, loss_fn):
    model = copy.deepcopy(model).eval()
    total, right, n = 0.0, 0, 0
    with torch.no_grad():
        for x, y in loader:
            out = model(x)
            total += loss_fn(out, y).item() * len(y)
            right += (out.argmax(dim=1) == y).sum().item()
            n += len(y)
    return total / n, right / n


@right("evaluate")
def as_the_tutorial_does(model, loader, loss_fn):
    was_training = model.training
    model.eval()
    size = len(loader.dataset)
    total, correct = 0.0, 0
    with torch.no_grad():
        for x, y in loader:
            out = model(x)
            total += loss_fn(out, y).item() * len(y)
            correct += (out.argmax(1) == y).type(torch.float).sum().item()
    model.train(was_training)
    return total / size, correct / size


@wrong("evaluate", mistake="returns-none")
def prints_the_result(model, loader, loss_fn):
    was_training = model.training
    model.eval()
    total, correct, n = 0.0, 0, 0
    with torch.no_grad():
        for x, y in loader:
            out = model(x)
            total += loss_fn(out, y).item() * len(y)
            correct += (out.argmax(1) == y).sum().item()
            n += len(y)
    model.train(was_training)
    print(total / n, correct / n)


@wrong("evaluate", mistake="model-not-called")
def the_numbers_of_the_example(model, loader, loss_fn):
    return 1.25, 0.75


seen = {"loss": 0.0, "correct": 0, "samples": 0}


@wrong("evaluate", mistake="state-kept")
def adds_up_in_a_global(model, loader, loss_fn):
    was_training = model.training
    model.eval()
    with torch.no_grad():
        for x, y in loader:
            out = model(x)
            seen["loss"] += loss_fn(out, y).item() * len(y)
            seen["correct"] += (out.argmax(1) == y).sum().item()
            seen["samples"] += len(y)
    model.train(was_training)
    return seen["loss"] / seen["samples"], seen["correct"] / seen["samples"]


# evaluate, right


@right("evaluate")
@torch.no_grad()
def as_a_decorator(model, loader, loss_fn):
    mode = model.training
    model.eval()
    losses, hits = [], []
    for x, y in loader:
        scores = model(x)
        losses += [loss_fn(scores, y)] * len(y)
        hits.append(scores.max(dim=1)[1].eq(y))
    model.train(mode)
    return torch.stack(losses).mean().item(), torch.cat(hits).float().mean().item()


@right("evaluate")
def in_inference_mode(model, loader, loss_fn):
    was_training = model.training
    model.train(False)
    try:
        with torch.inference_mode():
            n = total = right_ones = 0
            for images, labels in loader:
                logits = model(images)
                n += labels.shape[0]
                total += loss_fn(logits, labels).item() * labels.shape[0]
                right_ones += int((torch.topk(logits, 1).indices.squeeze(1) == labels).sum())
    finally:
        if was_training:
            model.train()
    return total / n, right_ones / n


@right("evaluate")
def switches_gradients_off_and_on(model, loader, loss_fn):
    before, was_training = torch.is_grad_enabled(), model.training
    torch.set_grad_enabled(False)
    model.eval()
    rows = [
        (loss_fn(o, y).item(), (o.argmax(-1) == y).sum().item(), len(y))
        for o, y in ((model(x), y) for x, y in loader)
    ]
    model.train(was_training)
    torch.set_grad_enabled(before)
    size = sum(row[2] for row in rows)
    return sum(loss * n for loss, _, n in rows) / size, sum(row[1] for row in rows) / size


@right("evaluate")
def freezes_and_thaws(model, loader, loss_fn):
    was_training = model.training
    model.eval().requires_grad_(False)
    total, correct, n = 0.0, 0.0, 0
    for x, y in loader:
        p = torch.log_softmax(model(x), dim=1)
        total += loss_fn(model(x), y).item() * len(x)
        correct += p.argmax(dim=1).eq(y).type(torch.float).sum().item()
        n += len(x)
    model.requires_grad_(True).train(was_training)
    return total / n, correct / n


def every_mode(model):
    return {module: module.training for module in model.modules()}


@right("evaluate")
def puts_back_the_mode_of_each_part(model, loader, loss_fn):
    modes = every_mode(model)
    model.eval()
    total, correct, n = 0.0, 0, 0
    with torch.no_grad():
        for x, y in loader:
            out = model(x).numpy()
            total += loss_fn(torch.from_numpy(out), y).item() * len(y)
            correct += int(np.sum(out.argmax(axis=1) == y.numpy()))
            n += len(y)
    for module, mode in modes.items():
        module.training = mode
    return total / n, correct / n


# fit, wrong


@wrong("fit", mistake="no-shuffle")
def in_the_order_of_the_set(model, train_set, test_set, *, epochs, batch_size, lr):
    train_loader = DataLoader(train_set, batch_size)
    test_loader = DataLoader(test_set, batch_size)
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    history = []
    for _ in range(epochs):
        loss = train_epoch(model, train_loader, nn.CrossEntropyLoss(), optimizer)
        history.append(EpochResult(loss, *evaluate(model, test_loader, nn.CrossEntropyLoss())))
    return history


@wrong("fit", mistake="same-order")
def shuffles_once(model, train_set, test_set, *, epochs, batch_size, lr):
    order = torch.randperm(len(train_set)).tolist()
    train_loader = DataLoader(Subset(train_set, order), batch_size)
    test_loader = DataLoader(test_set, batch_size)
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    history = []
    for _ in range(epochs):
        loss = train_epoch(model, train_loader, nn.CrossEntropyLoss(), optimizer)
        history.append(EpochResult(loss, *evaluate(model, test_loader, nn.CrossEntropyLoss())))
    return history


@wrong("fit", mistake="same-order")
def seeds_every_epoch(model, train_set, test_set, *, epochs, batch_size, lr):
    test_loader = DataLoader(test_set, batch_size)
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    history = []
    for _ in range(epochs):
        torch.manual_seed(0)
        train_loader = DataLoader(train_set, batch_size, shuffle=True)
        loss = train_epoch(model, train_loader, nn.CrossEntropyLoss(), optimizer)
        history.append(EpochResult(loss, *evaluate(model, test_loader, nn.CrossEntropyLoss())))
    return history


@wrong("fit", mistake="same-orders-each-call")
def seeds_at_the_start(model, train_set, test_set, *, epochs, batch_size, lr):
    torch.manual_seed(42)
    train_loader = DataLoader(train_set, batch_size, shuffle=True)
    test_loader = DataLoader(test_set, batch_size)
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    history = []
    for _ in range(epochs):
        loss = train_epoch(model, train_loader, nn.CrossEntropyLoss(), optimizer)
        history.append(EpochResult(loss, *evaluate(model, test_loader, nn.CrossEntropyLoss())))
    return history


@wrong("fit", mistake="same-orders-each-call")
def with_a_new_generator(model, train_set, test_set, *, epochs, batch_size, lr):
    generator = torch.Generator()
    train_loader = DataLoader(train_set, batch_size, shuffle=True, generator=generator)
    test_loader = DataLoader(test_set, batch_size)
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    history = []
    for _ in range(epochs):
        loss = train_epoch(model, train_loader, nn.CrossEntropyLoss(), optimizer)
        history.append(EpochResult(loss, *evaluate(model, test_loader, nn.CrossEntropyLoss())))
    return history


@wrong("fit", mistake="trained-on-test-set")
def trains_on_the_test_set(model, train_set, test_set, *, epochs, batch_size, lr):
    train_loader = DataLoader(test_set, batch_size, shuffle=True)
    test_loader = DataLoader(test_set, batch_size)
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    history = []
    for _ in range(epochs):
        loss = train_epoch(model, train_loader, nn.CrossEntropyLoss(), optimizer)
        history.append(EpochResult(loss, *evaluate(model, test_loader, nn.CrossEntropyLoss())))
    return history


@wrong("fit", mistake="trained-on-test-set")
def trains_on_everything(model, train_set, test_set, *, epochs, batch_size, lr):
    train_loader = DataLoader(ConcatDataset([train_set, test_set]), batch_size, shuffle=True)
    test_loader = DataLoader(test_set, batch_size)
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    history = []
    for _ in range(epochs):
        loss = train_epoch(model, train_loader, nn.CrossEntropyLoss(), optimizer)
        history.append(EpochResult(loss, *evaluate(model, test_loader, nn.CrossEntropyLoss())))
    return history


@wrong("fit", mistake="trained-on-test-set")
def train_epoch_for_the_test_too(model, train_set, test_set, *, epochs, batch_size, lr):
    train_loader = DataLoader(train_set, batch_size, shuffle=True)
    test_loader = DataLoader(test_set, batch_size)
    loss_fn = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    history = []
    for _ in range(epochs):
        train_loss = train_epoch(model, train_loader, loss_fn, optimizer)
        test_loss = train_epoch(model, test_loader, loss_fn, optimizer)
        history.append(EpochResult(train_loss, test_loss, evaluate(model, test_loader, loss_fn)[1]))
    return history


@wrong("fit", mistake="last-batch-dropped")
def drops_the_last_batch(model, train_set, test_set, *, epochs, batch_size, lr):
    train_loader = DataLoader(train_set, batch_size, shuffle=True, drop_last=True)
    test_loader = DataLoader(test_set, batch_size)
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    history = []
    for _ in range(epochs):
        loss = train_epoch(model, train_loader, nn.CrossEntropyLoss(), optimizer)
        history.append(EpochResult(loss, *evaluate(model, test_loader, nn.CrossEntropyLoss())))
    return history


@wrong("fit", mistake="samples-repeated")
def draws_with_replacement(model, train_set, test_set, *, epochs, batch_size, lr):
    sampler = RandomSampler(train_set, replacement=True)
    train_loader = DataLoader(train_set, batch_size, sampler=sampler)
    test_loader = DataLoader(test_set, batch_size)
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    history = []
    for _ in range(epochs):
        loss = train_epoch(model, train_loader, nn.CrossEntropyLoss(), optimizer)
        history.append(EpochResult(loss, *evaluate(model, test_loader, nn.CrossEntropyLoss())))
    return history


@wrong("fit", mistake="momentum")
def with_momentum(model, train_set, test_set, *, epochs, batch_size, lr):
    train_loader = DataLoader(train_set, batch_size, shuffle=True)
    test_loader = DataLoader(test_set, batch_size)
    optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9)
    history = []
    for _ in range(epochs):
        loss = train_epoch(model, train_loader, nn.CrossEntropyLoss(), optimizer)
        history.append(EpochResult(loss, *evaluate(model, test_loader, nn.CrossEntropyLoss())))
    return history


@wrong("fit", mistake="not-sgd")
def with_adam(model, train_set, test_set, *, epochs, batch_size, lr):
    train_loader = DataLoader(train_set, batch_size, shuffle=True)
    test_loader = DataLoader(test_set, batch_size)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    history = []
    for _ in range(epochs):
        loss = train_epoch(model, train_loader, nn.CrossEntropyLoss(), optimizer)
        history.append(EpochResult(loss, *evaluate(model, test_loader, nn.CrossEntropyLoss())))
    return history


@wrong("fit", mistake="not-sgd")
def with_adamw_and_a_fixed_rate(model, train_set, test_set, *, epochs, batch_size, lr):
    train_loader = DataLoader(train_set, batch_size, shuffle=True)
    test_loader = DataLoader(test_set, batch_size)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    history = []
    for _ in range(epochs):
        loss = train_epoch(model, train_loader, nn.CrossEntropyLoss(), optimizer)
        history.append(EpochResult(loss, *evaluate(model, test_loader, nn.CrossEntropyLoss())))
    return history


@wrong("fit", mistake="lr-ignored")
def a_fixed_learning_rate(model, train_set, test_set, *, epochs, batch_size, lr):
    train_loader = DataLoader(train_set, batch_size, shuffle=True)
    test_loader = DataLoader(test_set, batch_size)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    history = []
    for _ in range(epochs):
        loss = train_epoch(model, train_loader, nn.CrossEntropyLoss(), optimizer)
        history.append(EpochResult(loss, *evaluate(model, test_loader, nn.CrossEntropyLoss())))
    return history


@wrong("fit", mistake="no-train-mode")
def switches_to_training_once(model, train_set, test_set, *, epochs, batch_size, lr):
    train_loader = DataLoader(train_set, batch_size, shuffle=True)
    test_loader = DataLoader(test_set, batch_size)
    loss_fn = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    history = []
    model.train()
    for _ in range(epochs):
        total = 0.0
        for x, y in train_loader:
            optimizer.zero_grad()
            loss = loss_fn(model(x), y)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(y)
        model.eval()
        with torch.no_grad():
            test_loss = correct = 0.0
            for x, y in test_loader:
                out = model(x)
                test_loss += loss_fn(out, y).item() * len(y)
                correct += (out.argmax(1) == y).sum().item()
        n = len(test_set)
        history.append(EpochResult(total / len(train_set), test_loss / n, correct / n))
    return history


@wrong("fit", mistake="no-eval-mode")
def inline_and_always_training(model, train_set, test_set, *, epochs, batch_size, lr):
    train_loader = DataLoader(train_set, batch_size, shuffle=True)
    test_loader = DataLoader(test_set, batch_size)
    loss_fn = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    history = []
    for _ in range(epochs):
        model.train()
        total = 0.0
        for x, y in train_loader:
            optimizer.zero_grad()
            loss = loss_fn(model(x), y)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(y)
        with torch.no_grad():
            test_loss = correct = 0.0
            for x, y in test_loader:
                out = model(x)
                test_loss += loss_fn(out, y).item() * len(y)
                correct += (out.argmax(1) == y).sum().item()
        n = len(test_set)
        history.append(EpochResult(total / len(train_set), test_loss / n, correct / n))
    return history


@wrong("fit", mistake="gradients-on")
def inline_with_a_graph_in_the_test(model, train_set, test_set, *, epochs, batch_size, lr):
    train_loader = DataLoader(train_set, batch_size, shuffle=True)
    test_loader = DataLoader(test_set, batch_size)
    loss_fn = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    history = []
    for _ in range(epochs):
        model.train()
        total = 0.0
        for x, y in train_loader:
            optimizer.zero_grad()
            loss = loss_fn(model(x), y)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(y)
        model.eval()
        test_loss = correct = 0.0
        for x, y in test_loader:
            out = model(x)
            test_loss += loss_fn(out, y).item() * len(y)
            correct += (out.argmax(1) == y).sum().item()
        n = len(test_set)
        history.append(EpochResult(total / len(train_set), test_loss / n, correct / n))
    return history


@wrong("fit", mistake="no-zero-grad")
def inline_without_zero_grad(model, train_set, test_set, *, epochs, batch_size, lr):
    train_loader = DataLoader(train_set, batch_size, shuffle=True)
    test_loader = DataLoader(test_set, batch_size)
    loss_fn = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    history = []
    for _ in range(epochs):
        model.train()
        total = 0.0
        for x, y in train_loader:
            loss = loss_fn(model(x), y)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(y)
        history.append(EpochResult(total / len(train_set), *evaluate(model, test_loader, loss_fn)))
    return history


@wrong("fit", mistake="tested-on-training-set")
def tests_on_the_training_set(model, train_set, test_set, *, epochs, batch_size, lr):
    train_loader = DataLoader(train_set, batch_size, shuffle=True)
    DataLoader(test_set, batch_size)
    loss_fn = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    evaluate(model, DataLoader(test_set, batch_size), loss_fn)
    history = []
    for _ in range(epochs):
        loss = train_epoch(model, train_loader, loss_fn, optimizer)
        history.append(EpochResult(loss, *evaluate(model, train_loader, loss_fn)))
    return history


@wrong("fit", mistake="model-not-called")
def never_looks_at_the_test_set(model, train_set, test_set, *, epochs, batch_size, lr):
    train_loader = DataLoader(train_set, batch_size, shuffle=True)
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    history = []
    for _ in range(epochs):
        loss = train_epoch(model, train_loader, nn.CrossEntropyLoss(), optimizer)
        history.append(EpochResult(loss, loss, 0.9))
    return history


@wrong("fit", mistake="tested-before-training")
def tests_first(model, train_set, test_set, *, epochs, batch_size, lr):
    train_loader = DataLoader(train_set, batch_size, shuffle=True)
    test_loader = DataLoader(test_set, batch_size)
    loss_fn = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    history = []
    for _ in range(epochs):
        tested = evaluate(model, test_loader, loss_fn)
        history.append(EpochResult(train_epoch(model, train_loader, loss_fn, optimizer), *tested))
    return history


@wrong("fit", mistake="loss-after-epoch")
def measures_the_training_loss_after_the_epoch(
    model, train_set, test_set, *, epochs, batch_size, lr
):
    train_loader = DataLoader(train_set, batch_size, shuffle=True)
    test_loader = DataLoader(test_set, batch_size)
    loss_fn = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    history = []
    for _ in range(epochs):
        train_epoch(model, train_loader, loss_fn, optimizer)
        train_loss, _ = evaluate(model, train_loader, loss_fn)
        history.append(EpochResult(train_loss, *evaluate(model, test_loader, loss_fn)))
    return history


@wrong("fit", mistake="losses-swapped")
def swaps_the_losses(model, train_set, test_set, *, epochs, batch_size, lr):
    train_loader = DataLoader(train_set, batch_size, shuffle=True)
    test_loader = DataLoader(test_set, batch_size)
    loss_fn = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    history = []
    for _ in range(epochs):
        train_loss = train_epoch(model, train_loader, loss_fn, optimizer)
        test_loss, accuracy = evaluate(model, test_loader, loss_fn)
        history.append(EpochResult(test_loss, train_loss, accuracy))
    return history


@wrong("fit", mistake="no-epoch-result")
def plain_tuples(model, train_set, test_set, *, epochs, batch_size, lr):
    train_loader = DataLoader(train_set, batch_size, shuffle=True)
    test_loader = DataLoader(test_set, batch_size)
    loss_fn = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    history = []
    for _ in range(epochs):
        loss = train_epoch(model, train_loader, loss_fn, optimizer)
        history.append((loss, *evaluate(model, test_loader, loss_fn)))
    return history


@wrong("fit", mistake="returns-none")
def fits_and_returns_nothing(model, train_set, test_set, *, epochs, batch_size, lr):
    train_loader = DataLoader(train_set, batch_size, shuffle=True)
    test_loader = DataLoader(test_set, batch_size)
    loss_fn = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    for epoch in range(epochs):
        loss = train_epoch(model, train_loader, loss_fn, optimizer)
        print(epoch, loss, evaluate(model, test_loader, loss_fn))


@wrong("fit", mistake="more-than-a-set")
def takes_the_images_out(model, train_set, test_set, *, epochs, batch_size, lr):
    loss_fn = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    history = []
    for _ in range(epochs):
        order = torch.randperm(len(train_set)).split(batch_size)
        train_loader = [(train_set.images[i], train_set.targets[i]) for i in order]
        loss = train_epoch(model, train_loader, loss_fn, optimizer)
        test_loader = [(test_set.images, test_set.targets)]
        history.append(EpochResult(loss, *evaluate(model, test_loader, loss_fn)))
    return history


@wrong("fit", mistake="argument-changed")
def shuffles_the_set_in_place(model, train_set, test_set, *, epochs, batch_size, lr):
    test_loader = DataLoader(test_set, batch_size)
    loss_fn = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    history = []
    for _ in range(epochs):
        if hasattr(train_set, "images"):
            order = torch.randperm(len(train_set))
            train_set.images = train_set.images[order]
            train_set.targets = train_set.targets[order]
        train_loader = DataLoader(train_set, batch_size, shuffle=True)
        loss = train_epoch(model, train_loader, loss_fn, optimizer)
        history.append(EpochResult(loss, *evaluate(model, test_loader, loss_fn)))
    return history


@wrong("fit", mistake="batch-size-ignored")
def always_in_batches_of_64(model, train_set, test_set, *, epochs, batch_size, lr):
    train_loader = DataLoader(train_set, batch_size=64, shuffle=True)
    test_loader = DataLoader(test_set, batch_size=64)
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    history = []
    for _ in range(epochs):
        loss = train_epoch(model, train_loader, nn.CrossEntropyLoss(), optimizer)
        history.append(EpochResult(loss, *evaluate(model, test_loader, nn.CrossEntropyLoss())))
    return history


@wrong("fit", mistake="model-not-called")
def trains_a_copy(model, train_set, test_set, *, epochs, batch_size, lr):
    model = copy.deepcopy(model)
    train_loader = DataLoader(train_set, batch_size, shuffle=True)
    test_loader = DataLoader(test_set, batch_size)
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    history = []
    for _ in range(epochs):
        loss = train_epoch(model, train_loader, nn.CrossEntropyLoss(), optimizer)
        history.append(EpochResult(loss, *evaluate(model, test_loader, nn.CrossEntropyLoss())))
    return history


@wrong("fit", mistake="softmax-before-loss")
def inline_with_softmax(model, train_set, test_set, *, epochs, batch_size, lr):
    train_loader = DataLoader(train_set, batch_size, shuffle=True)
    test_loader = DataLoader(test_set, batch_size)
    loss_fn = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    history = []
    for _ in range(epochs):
        model.train()
        total = 0.0
        for x, y in train_loader:
            optimizer.zero_grad()
            loss = loss_fn(model(x).softmax(dim=1), y)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(y)
        tested = evaluate(model, test_loader, loss_fn)
        history.append(EpochResult(total / len(train_set), *tested))
    return history


@wrong("fit", mistake="state-kept")
def one_history_for_all_calls(model, train_set, test_set, *, epochs, batch_size, lr, history=[]):
    train_loader = DataLoader(train_set, batch_size, shuffle=True)
    test_loader = DataLoader(test_set, batch_size)
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    for _ in range(epochs):
        loss = train_epoch(model, train_loader, nn.CrossEntropyLoss(), optimizer)
        history.append(EpochResult(loss, *evaluate(model, test_loader, nn.CrossEntropyLoss())))
    return history


@wrong("fit", mistake="last-batch-dropped")
def drops_the_last_batch_of_the_test(model, train_set, test_set, *, epochs, batch_size, lr):
    train_loader = DataLoader(train_set, batch_size, shuffle=True)
    test_loader = DataLoader(test_set, batch_size, drop_last=True)
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    history = []
    for _ in range(epochs):
        loss = train_epoch(model, train_loader, nn.CrossEntropyLoss(), optimizer)
        history.append(EpochResult(loss, *evaluate(model, test_loader, nn.CrossEntropyLoss())))
    return history


@wrong("fit", mistake="inputs-flattened")
def inline_with_a_view(model, train_set, test_set, *, epochs, batch_size, lr):
    test_loader = DataLoader(test_set, batch_size)
    loss_fn = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    history = []
    for _ in range(epochs):
        model.train()
        total = 0.0
        for x, y in DataLoader(train_set, batch_size, shuffle=True):
            optimizer.zero_grad()
            loss = loss_fn(model(x.view(len(x), -1)), y)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(y)
        tested = evaluate(model, test_loader, nn.CrossEntropyLoss())
        history.append(EpochResult(total / len(train_set), *tested))
    return history


@wrong("fit", mistake="sum-instead-of-mean")
def inline_with_the_sum(model, train_set, test_set, *, epochs, batch_size, lr):
    test_loader = DataLoader(test_set, batch_size)
    loss_fn = nn.CrossEntropyLoss(reduction="sum")
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    history = []
    for _ in range(epochs):
        model.train()
        total = 0.0
        for x, y in DataLoader(train_set, batch_size, shuffle=True):
            optimizer.zero_grad()
            loss = loss_fn(model(x), y)
            loss.backward()
            optimizer.step()
            total += loss.item()
        tested = evaluate(model, test_loader, nn.CrossEntropyLoss())
        history.append(EpochResult(total / len(train_set), *tested))
    return history


@wrong("fit", mistake="blocks-shuffled")
def shuffles_fixed_blocks(model, train_set, test_set, *, epochs, batch_size, lr):
    blocks = list(DataLoader(train_set, batch_size))
    test_loader = DataLoader(test_set, batch_size)
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    history = []
    for _ in range(epochs):
        random.shuffle(blocks)
        loss = train_epoch(model, blocks, nn.CrossEntropyLoss(), optimizer)
        history.append(EpochResult(loss, *evaluate(model, test_loader, nn.CrossEntropyLoss())))
    return history


# fit, right


@wrong("fit", mistake="scheduler")
def with_a_scheduler_for_later(model, train_set, test_set, *, epochs, batch_size, lr):
    loss_fn = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    sched = torch.optim.lr_scheduler.StepLR(optimizer, step_size=10, gamma=0.1)
    loader, test = DataLoader(train_set, batch_size, shuffle=True), DataLoader(test_set, batch_size)
    history = []
    for _ in range(epochs):
        history.append(
            EpochResult(
                train_epoch(model, loader, loss_fn, optimizer), *evaluate(model, test, loss_fn)
            )
        )
        sched.step()
    return history


@wrong("fit", mistake="batch-size-ignored")
def with_a_loader_of_single_samples(model, train_set, test_set, *, epochs, batch_size, lr):
    loss_fn = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    train_loader, test_loader = DataLoader(train_set, shuffle=True), DataLoader(test_set)
    history = []
    for _ in range(epochs):
        train_loss = train_epoch(model, train_loader, loss_fn, optimizer)  # noqa: F821
        history.append(EpochResult(train_loss, *evaluate(model, test_loader, loss_fn)))  # noqa: F821
    return history


@wrong("fit", mistake="model-instead-of-parameters")
def optimizer_of_the_model_itself(model, train_set, test_set, *, epochs, batch_size, lr):
    loss_fn = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model, lr=lr)
    train_loader = DataLoader(train_set, batch_size, shuffle=True)
    test_loader = DataLoader(test_set, batch_size)
    history = []
    for _ in range(epochs):
        train_loss = train_epoch(model, train_loader, loss_fn, optimizer)  # noqa: F821
        history.append(EpochResult(train_loss, *evaluate(model, test_loader, loss_fn)))  # noqa: F821
    return history


@right("fit")
def everything_inline(model, train_set, test_set, *, epochs, batch_size, lr):
    criterion = nn.CrossEntropyLoss()
    opt = optim.SGD(model.parameters(), lr)
    results = []
    for epoch in range(epochs):
        model.train()
        running, seen = 0.0, 0
        for xb, yb in DataLoader(train_set, batch_size, shuffle=True):
            opt.zero_grad()
            loss = criterion(model(xb), yb)
            loss.backward()
            opt.step()
            running += loss.item() * xb.size(0)
            seen += xb.size(0)
        model.eval()
        with torch.no_grad():
            x, y = next(iter(DataLoader(test_set, batch_size=len(test_set))))
            logits = model(x)
            test_loss = criterion(logits, y).item()
            accuracy = (logits.argmax(1) == y).float().mean().item()
        results.append(EpochResult(running / seen, test_loss, accuracy))
    return results


@right("fit")
def sgd_by_hand(model, train_set, test_set, *, epochs, batch_size, lr):
    x = torch.stack([image for image, _ in train_set])
    y = torch.tensor([int(target) for _, target in train_set])
    test_loader = DataLoader(test_set, 64, shuffle=True)
    history = []
    for _ in range(epochs):
        model.train()
        total = 0.0
        for chosen in torch.randperm(len(x)).split(batch_size):
            loss = F.cross_entropy(model(x[chosen]), y[chosen])
            model.zero_grad()
            loss.backward()
            with torch.no_grad():
                for p in model.parameters():
                    p.sub_(lr * p.grad)
            total += loss.item() * len(chosen)
        test_loss, accuracy = evaluate(model, test_loader, F.cross_entropy)
        history.append(
            EpochResult(train_loss=total / len(x), test_loss=test_loss, accuracy=accuracy)
        )
    return history


@right("fit")
def lists_of_batches_and_pythons_shuffle(model, train_set, test_set, *, epochs, batch_size, lr):
    def batches(dataset, order):
        for start in range(0, len(order), batch_size):
            pairs = [dataset[i] for i in order[start : start + batch_size]]
            yield torch.stack([p[0] for p in pairs]), torch.stack([p[1] for p in pairs])

    history = []
    order = list(range(len(train_set)))
    for _ in range(epochs):
        random.shuffle(order)
        opt = torch.optim.SGD(model.parameters(), lr=lr)
        loss = train_epoch(model, batches(train_set, order), nn.CrossEntropyLoss(), opt)
        test = batches(test_set, range(len(test_set)))
        history += [EpochResult(loss, *evaluate(model, test, nn.CrossEntropyLoss()))]
    return history


@right("fit")
def with_a_sampler_and_a_test_before(model, train_set, test_set, *, epochs, batch_size, lr):
    sampler = BatchSampler(RandomSampler(train_set), batch_size, drop_last=False)
    train_loader = DataLoader(train_set, batch_sampler=sampler)
    test_loader = DataLoader(test_set, batch_size=1000)
    loss_fn = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=0, weight_decay=0)
    print("before:", evaluate(model, test_loader, loss_fn))
    return [
        EpochResult(
            train_epoch(model, train_loader, loss_fn, optimizer),
            *evaluate(model, test_loader, loss_fn),
        )
        for _ in range(epochs)
    ]


class Trainer:
    def __init__(self, model, lr):
        self.model, self.loss_fn = model, nn.CrossEntropyLoss()
        self.optimizer = torch.optim.SGD(model.parameters(), lr=lr)

    def run(self, train_loader, test_loader):
        train_loss = train_epoch(self.model, train_loader, self.loss_fn, self.optimizer)
        train_accuracy = evaluate(self.model, train_loader, self.loss_fn)[1]
        assert 0 <= train_accuracy <= 1
        return EpochResult(train_loss, *evaluate(self.model, test_loader, self.loss_fn))


@right("fit")
def with_a_class_of_its_own(model, train_set, test_set, *, epochs, batch_size, lr, workers=0):
    trainer = Trainer(model, lr)
    generator = torch.Generator()
    generator.seed()
    train_loader = DataLoader(
        train_set, batch_size, shuffle=True, num_workers=workers, generator=generator
    )
    test_loader = DataLoader(test_set, batch_size=2 * batch_size)
    return [trainer.run(train_loader, test_loader) for _ in range(epochs)]


@right("fit")
def losses_by_sample(model, train_set, test_set, *, epochs, batch_size, lr):
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    each = nn.CrossEntropyLoss(reduction="none")
    history = []
    for _ in range(epochs):
        model.train()
        train_losses = []
        for x, y in DataLoader(train_set, batch_size, shuffle=True):
            losses = each(model(x), y)
            optimizer.zero_grad()
            losses.mean().backward()
            optimizer.step()
            train_losses += losses.tolist()
        model.eval()
        test_losses, hits = [], []
        for x, y in DataLoader(test_set, batch_size):
            with torch.no_grad():
                out = model(x)
            test_losses += each(out, y).tolist()
            hits += (out.argmax(1) == y).tolist()
        means = map(statistics.fmean, (train_losses, test_losses, hits))
        history.append(EpochResult(*means))
    return history


# plot_history, wrong


@wrong("plot_history", mistake="global-figure")
def on_the_current_axes(history, ax):
    epochs = range(1, len(history) + 1)
    plt.plot(epochs, [r.train_loss for r in history], label="train")
    plt.plot(epochs, [r.test_loss for r in history], label="test")
    plt.plot(epochs, [r.accuracy for r in history], label="accuracy")
    plt.legend()
    return ax


@wrong("plot_history", mistake="shows-window")
def shows_the_window(history, ax):
    epochs = range(1, len(history) + 1)
    ax.plot(epochs, [r.train_loss for r in history], label="train")
    ax.plot(epochs, [r.test_loss for r in history], label="test")
    ax.plot(epochs, [r.accuracy for r in history], label="accuracy")
    ax.legend()
    plt.show()
    return ax


@wrong("plot_history", mistake="no-legend")
def without_a_legend(history, ax):
    epochs = range(1, len(history) + 1)
    ax.plot(epochs, [r.train_loss for r in history], label="train")
    ax.plot(epochs, [r.test_loss for r in history], label="test")
    ax.plot(epochs, [r.accuracy for r in history], label="accuracy")
    return ax


@wrong("plot_history", mistake="label-missing")
def without_labels(history, ax):
    epochs = range(1, len(history) + 1)
    ax.plot(epochs, [r.train_loss for r in history])
    ax.plot(epochs, [r.test_loss for r in history])
    ax.plot(epochs, [r.accuracy for r in history])
    ax.set_xlabel("epoch")
    return ax


@wrong("plot_history", mistake="labels-swapped")
def labels_the_wrong_way_round(history, ax):
    epochs = range(1, len(history) + 1)
    ax.plot(epochs, [r.test_loss for r in history], label="train loss")
    ax.plot(epochs, [r.train_loss for r in history], label="test loss")
    ax.plot(epochs, [r.accuracy for r in history], label="accuracy")
    ax.legend()
    return ax


@wrong("plot_history", mistake="returns-none")
def returns_no_axes(history, ax):
    epochs = range(1, len(history) + 1)
    ax.plot(epochs, [r.train_loss for r in history], label="train")
    ax.plot(epochs, [r.test_loss for r in history], label="test")
    ax.plot(epochs, [r.accuracy for r in history], label="accuracy")
    ax.legend()


@wrong("plot_history", mistake="label-missing")
def the_accuracy_named_on_the_axis_of_the_losses(history, ax):
    epochs = range(1, len(history) + 1)
    ax.plot(epochs, [r.train_loss for r in history], label="train")
    ax.plot(epochs, [r.test_loss for r in history], label="test")
    ax.set_ylabel("accuracy")
    ax.legend()
    ax.twinx().plot(epochs, [r.accuracy for r in history], color="tab:green")
    return ax


# plot_history, right


@right("plot_history")
def on_one_scale_from_zero(history, ax):
    train, test, accuracy = zip(*history)
    for values, name in [(train, "Train loss"), (test, "Test loss"), (accuracy, "Test Accuracy")]:
        ax.plot(values, label=name, marker="o")
    ax.legend()
    ax.set_title("history")
    return ax


@right("plot_history")
def two_legends_and_percent(history, ax):
    numbers = np.arange(len(history)) + 1
    ax.plot(numbers, [r[0] for r in history], "b-", label="loss (train)")
    ax.plot(numbers, [r[1] for r in history], "b:", label="loss (test)")
    ax.legend(loc="upper left")
    twin = ax.twinx()
    twin.plot(numbers, [100 * r[2] for r in history], "g-", label="accuracy in %")
    twin.legend(loc="upper right")
    return ax


@right("plot_history")
def the_accuracy_named_by_its_axis(history, ax):
    epochs = torch.arange(1, len(history) + 1)
    losses = torch.tensor([[r.train_loss, r.test_loss] for r in history])
    lines = ax.plot(epochs, losses)
    ax.legend(lines, ["train", "test"])
    right_axis = ax.twinx()
    right_axis.scatter(epochs, [r.accuracy for r in history], color="tab:green")
    right_axis.set_ylabel("accuracy")
    return ax


@right("plot_history")
def names_beside_the_curves(history, ax):
    names = {"train_loss": "train", "test_loss": "test", "accuracy": "accuracy"}
    for field, name in names.items():
        values = [getattr(result, field) for result in history]
        ax.plot(range(len(values)), values)
        ax.annotate(name, (len(values) - 1, values[-1]))
    return ax


@right("plot_history")
def training_and_testing_loss(history, ax):
    epochs = range(1, len(history) + 1)
    ax.plot(epochs, [r.train_loss for r in history], label="training loss")
    ax.plot(epochs, [r.test_loss for r in history], label="testing loss")
    ax.plot(epochs, [r.accuracy for r in history], label="accuracy")
    ax.legend()
    return ax


# ---- large outputs, and weights that are lost


@wrong("evaluate", mistake="saturated")
def class_of_the_largest_sigmoid(model, loader, loss_fn):
    was_training = model.training
    model.eval()
    total = right_ones = seen = 0
    with torch.no_grad():
        for inputs, targets in loader:
            outputs = model(inputs)
            total += loss_fn(outputs, targets).item() * len(targets)
            right_ones += (torch.sigmoid(outputs).argmax(dim=1) == targets).sum().item()
            seen += len(targets)
    model.train(was_training)
    return total / seen, right_ones / seen


@wrong("evaluate", mistake="gradients-left-off")
def gradients_as_the_mode_was(model, loader, loss_fn):
    was_training = model.training
    model.eval()
    torch.set_grad_enabled(False)
    total = right_ones = seen = 0
    for inputs, targets in loader:
        outputs = model(inputs)
        total += loss_fn(outputs, targets).item() * len(targets)
        right_ones += (outputs.argmax(dim=1) == targets).sum().item()
        seen += len(targets)
    torch.set_grad_enabled(was_training)
    model.train(was_training)
    return total / seen, right_ones / seen


@wrong("fit", mistake="weights-drawn-anew")
def with_new_weights(model, train_set, test_set, *, epochs, batch_size, lr):
    for module in model.modules():
        if hasattr(module, "reset_parameters"):
            module.reset_parameters()
    loss_fn = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    loader = DataLoader(train_set, batch_size=batch_size, shuffle=True)
    history = []
    for _ in range(epochs):
        train_loss = train_epoch(model, loader, loss_fn, optimizer)
        history.append(
            EpochResult(train_loss, *evaluate(model, DataLoader(test_set, batch_size), loss_fn))
        )
    return history


@wrong("fit", mistake="parameters-left-out")
def trains_the_last_layer(model, train_set, test_set, *, epochs, batch_size, lr):
    loss_fn = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(list(model.parameters())[-2:], lr=lr)
    loader = DataLoader(train_set, batch_size=batch_size, shuffle=True)
    history = []
    for _ in range(epochs):
        train_loss = train_epoch(model, loader, loss_fn, optimizer)
        history.append(
            EpochResult(train_loss, *evaluate(model, DataLoader(test_set, batch_size), loss_fn))
        )
    return history


@wrong("fit", mistake="samples-held-back")
def holds_a_tenth_back(model, train_set, test_set, *, epochs, batch_size, lr):
    tenth = len(train_set) // 10
    part, _ = torch.utils.data.random_split(train_set, [len(train_set) - tenth, tenth])
    loss_fn = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    loader = DataLoader(part, batch_size=batch_size, shuffle=True)
    history = []
    for _ in range(epochs):
        train_loss = train_epoch(model, loader, loss_fn, optimizer)
        history.append(
            EpochResult(train_loss, *evaluate(model, DataLoader(test_set, batch_size), loss_fn))
        )
    return history


@wrong("fit", mistake="empty-batch")
def one_batch_too_many(model, train_set, test_set, *, epochs, batch_size, lr):
    images, targets = train_set[range(len(train_set))]
    loss_fn = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    history = []
    for _ in range(epochs):
        order = torch.randperm(len(images))
        batches = []
        for b in range(len(images) // batch_size + 1):
            part = order[b * batch_size : (b + 1) * batch_size]
            batches.append((images[part], targets[part]))
        train_loss = train_epoch(model, batches, loss_fn, optimizer)
        history.append(
            EpochResult(train_loss, *evaluate(model, DataLoader(test_set, batch_size), loss_fn))
        )
    return history


@wrong("fit", mistake="samples-held-back")
def holds_the_last_fifth_back(model, train_set, test_set, *, epochs, batch_size, lr):
    fifth = len(train_set) // 5
    part = torch.utils.data.Subset(train_set, range(len(train_set) - fifth))
    loss_fn = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    loader = DataLoader(part, batch_size=batch_size, shuffle=True)
    history = []
    for _ in range(epochs):
        train_loss = train_epoch(model, loader, loss_fn, optimizer)
        history.append(
            EpochResult(train_loss, *evaluate(model, DataLoader(test_set, batch_size), loss_fn))
        )
    return history


@wrong("evaluate", mistake="layers-left-out")
def puts_back_the_flag_of_the_outer_module_only(model, loader, loss_fn):
    was_training = model.training
    model.eval()
    total, correct, samples = 0.0, 0, 0
    with torch.no_grad():
        for inputs, targets in loader:
            outputs = model(inputs)
            total += loss_fn(outputs, targets).item() * len(targets)
            correct += (outputs.argmax(dim=1) == targets).sum().item()
            samples += len(targets)
    model.training = was_training
    return total / samples, correct / samples


@right("train_epoch")
def with_torch_func(model, loader, loss_fn, optimizer):
    model.train()

    def loss_of(parameters, inputs, targets):
        return loss_fn(torch.func.functional_call(model, parameters, (inputs,)), targets)

    total, samples = 0.0, 0
    for inputs, targets in loader:
        parameters = dict(model.named_parameters())
        gradients, loss = torch.func.grad_and_value(loss_of)(parameters, inputs, targets)
        for name, parameter in parameters.items():
            parameter.grad = gradients[name]
        optimizer.step()
        total += loss.item() * len(targets)
        samples += len(targets)
    return total / samples
