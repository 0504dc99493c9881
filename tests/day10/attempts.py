"""Day 10: attempts that the tests must tell apart."""

import math

import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from kata.attempts import right, wrong


def check_shapes(prediction, target):
    if prediction.shape != target.shape:
        raise ValueError(f"shapes differ: {prediction.shape} and {target.shape}")


# mse_loss, wrong


@wrong("mse_loss", mistake="sum-instead-of-mean")
def the_sum(prediction, target):
    return ((prediction - target) ** 2).sum()


@wrong("mse_loss", mistake="sum-instead-of-mean")
def the_sum_of_checked_shapes(prediction, target):
    check_shapes(prediction, target)
    return ((prediction - target) ** 2).sum()


@wrong("mse_loss", mistake="divided-by-batch-only")
def divided_by_the_batch(prediction, target):
    check_shapes(prediction, target)
    return ((prediction - target) ** 2).sum() / len(prediction)


@wrong("mse_loss", mistake="not-averaged")
def one_loss_for_each_element(prediction, target):
    check_shapes(prediction, target)
    return (prediction - target) ** 2


@wrong("mse_loss", mistake="not-squared")
def the_mean_error(prediction, target):
    check_shapes(prediction, target)
    return (prediction - target).mean()


@wrong("mse_loss", mistake="absolute-instead-of-squared")
def the_mean_absolute_error(prediction, target):
    check_shapes(prediction, target)
    return (prediction - target).abs().mean()


@wrong("mse_loss", mistake="squared-after-mean")
def the_square_of_the_mean(prediction, target):
    check_shapes(prediction, target)
    return (prediction - target).mean() ** 2


@wrong("mse_loss", mistake="root-taken")
def the_root_of_the_mean(prediction, target):
    check_shapes(prediction, target)
    return torch.sqrt(((prediction - target) ** 2).mean())


@wrong("mse_loss", mistake="halved")
def half_of_it_as_in_some_books(prediction, target):
    check_shapes(prediction, target)
    return 0.5 * ((prediction - target) ** 2).mean()


@wrong("mse_loss", mistake="shapes-not-checked")
def broadcasts_silently(prediction, target):
    return ((prediction - target) ** 2).mean()


@wrong("mse_loss", mistake="shapes-not-checked")
def compares_the_number_of_elements(prediction, target):
    if prediction.numel() != target.numel():
        raise ValueError(f"{prediction.shape} and {target.shape}")
    return ((prediction - target) ** 2).mean()


@wrong("mse_loss", mistake="shapes-not-checked")
def compares_the_lengths(prediction, target):
    if prediction.dim() and target.dim() and len(prediction) != len(target):
        raise ValueError(f"{prediction.shape} and {target.shape}")
    return ((prediction - target) ** 2).mean()


@wrong("mse_loss", mistake="shapes-not-checked")
def compares_the_dimensions(prediction, target):
    if prediction.dim() != target.dim():
        raise ValueError(f"{prediction.shape} and {target.shape}")
    return ((prediction - target) ** 2).mean()


@wrong("mse_loss", mistake="shapes-not-checked")
def compares_dimensions_and_columns(prediction, target):
    if prediction.dim() != target.dim() or prediction.shape[-1] != target.shape[-1]:
        raise ValueError(f"{prediction.shape} and {target.shape}")
    return ((prediction - target) ** 2).mean()


@wrong("mse_loss", mistake="shapes-not-checked")
def makes_them_fit(prediction, target):
    target = target.expand_as(prediction) if target.dim() <= prediction.dim() else target
    return ((prediction - target) ** 2).mean()


@wrong("mse_loss", mistake="shapes-not-checked")
def leaves_it_to_torch(prediction, target):
    try:
        return ((prediction - target) ** 2).mean()
    except RuntimeError as error:
        raise ValueError(f"{prediction.shape} and {target.shape}") from error


@wrong("mse_loss", mistake="error-returned")
def returns_the_error(prediction, target):
    if prediction.shape != target.shape:
        return ValueError(f"{prediction.shape} and {target.shape}")
    return ((prediction - target) ** 2).mean()


@wrong("mse_loss", mistake="assert-instead-of-raise")
def asserts(prediction, target):
    assert prediction.shape == target.shape, f"{prediction.shape} and {target.shape}"
    return ((prediction - target) ** 2).mean()


@wrong("mse_loss", mistake="message-says-too-little")
def says_only_that_they_differ(prediction, target):
    if prediction.shape != target.shape:
        raise ValueError("the shapes must be equal")
    return ((prediction - target) ** 2).mean()


@wrong("mse_loss", mistake="message-says-too-little")
def names_one_shape(prediction, target):
    if prediction.shape != target.shape:
        raise ValueError(f"target must have the shape {prediction.shape}")
    return ((prediction - target) ** 2).mean()


@wrong("mse_loss", mistake="ready-made-function")
def with_torchs_function(prediction, target):
    check_shapes(prediction, target)
    return F.mse_loss(prediction, target)


@wrong("mse_loss", mistake="ready-made-function")
def with_torchs_module(prediction, target):
    check_shapes(prediction, target)
    return nn.MSELoss(reduction="sum")(prediction, target) / prediction.numel()


@wrong("mse_loss", mistake="not-called")
def built_and_not_called(prediction, target):
    check_shapes(prediction, target)
    return nn.MSELoss(prediction, target)


@wrong("mse_loss", mistake="number-instead-of-tensor")
def a_python_number(prediction, target):
    check_shapes(prediction, target)
    return ((prediction - target) ** 2).mean().item()


@wrong("mse_loss", mistake="returns-none")
def no_return(prediction, target):
    check_shapes(prediction, target)
    ((prediction - target) ** 2).mean()


@wrong("mse_loss", mistake="graph-lost")
def detached(prediction, target):
    check_shapes(prediction, target)
    return ((prediction.detach() - target) ** 2).mean()


@wrong("mse_loss", mistake="graph-lost")
def a_new_tensor_of_the_number(prediction, target):
    check_shapes(prediction, target)
    total = 0.0
    for p, t in zip(prediction.flatten().tolist(), target.flatten().tolist(), strict=True):
        total += (p - t) ** 2
    return torch.tensor(total / prediction.numel())


@wrong("mse_loss", mistake="graph-lost")
def a_graph_of_its_own(prediction, target):
    check_shapes(prediction, target)
    prediction = prediction.detach().clone().requires_grad_()
    return ((prediction - target) ** 2).mean()


@wrong("mse_loss", mistake="graph-lost")
def target_detached(prediction, target):
    check_shapes(prediction, target)
    return ((prediction - target.detach()) ** 2).mean()


@wrong("mse_loss", mistake="partly-detached")
def half_of_the_square_detached(prediction, target):
    check_shapes(prediction, target)
    error = prediction - target
    return (error * error.detach()).mean()


@wrong("mse_loss", mistake="argument-changed")
def subtracts_in_place(prediction, target):
    check_shapes(prediction, target)
    prediction -= target
    return (prediction**2).mean()


@wrong("mse_loss", mistake="argument-changed")
def squares_the_target_in_place(prediction, target):
    check_shapes(prediction, target)
    return target.sub_(prediction).square().mean()


# log_softmax, wrong


@wrong("log_softmax", mistake="overflow")
def shifted_only_if_large(logits):
    if logits.max() > 88:
        logits = logits - logits.max(dim=1, keepdim=True).values
    return logits - logits.exp().sum(dim=1, keepdim=True).log()


@wrong("log_softmax", mistake="log-missing")
def the_probabilities(logits):
    e = torch.exp(logits - logits.max(dim=1, keepdim=True).values)
    return e / e.sum(dim=1, keepdim=True)


@wrong("log_softmax", mistake="wrong-dimension")
def over_the_batch(logits):
    return logits - logits.logsumexp(dim=0, keepdim=True)


@wrong("log_softmax", mistake="wrong-dimension")
def over_the_batch_by_default(logits, dim=0):
    shifted = logits - logits.max(dim, keepdim=True)[0]
    return shifted - torch.log(torch.exp(shifted).sum(dim, keepdim=True))


@wrong("log_softmax", mistake="over-the-whole-batch")
def one_sum_for_all_rows(logits):
    shifted = logits - logits.max()
    return shifted - shifted.exp().sum().log()


@wrong("log_softmax", mistake="minus-too-many")
def the_negative(logits):
    return logits.logsumexp(dim=1, keepdim=True) - logits


@wrong("log_softmax", mistake="log-of-the-sum-missing")
def minus_the_sum(logits):
    return logits - logits.exp().sum(dim=1, keepdim=True)


@wrong("log_softmax", mistake="sum-missing")
def only_shifted(logits):
    return logits - logits.max(dim=1, keepdim=True).values


@wrong("log_softmax", mistake="shift-on-one-side")
def shifted_inside_the_sum_only(logits):
    shifted = logits - logits.max(dim=1, keepdim=True).values
    return logits - shifted.exp().sum(dim=1, keepdim=True).log()


@wrong("log_softmax", mistake="shift-subtracted-twice")
def shifted_outside_the_sum_only(logits):
    shifted = logits - logits.max(dim=1, keepdim=True).values
    return shifted - logits.logsumexp(dim=1, keepdim=True)


@wrong("log_softmax", mistake="wrong-logarithm")
def in_bits(logits):
    e = torch.exp(logits - logits.max(dim=1, keepdim=True).values)
    return torch.log2(e / e.sum(dim=1, keepdim=True))


@wrong("log_softmax", mistake="common-logarithm")
def to_base_ten(logits):
    return (logits - logits.logsumexp(dim=1, keepdim=True)) / math.log(10)


@wrong("log_softmax", mistake="broadcast-shapes")
def keepdim_forgotten(logits):
    return logits - torch.logsumexp(logits, dim=1)


@wrong("log_softmax", mistake="overflow")
def straight_from_the_formula(logits):
    return logits - logits.exp().sum(dim=1, keepdim=True).log()


@wrong("log_softmax", mistake="overflow")
def the_log_of_the_softmax(logits):
    e = logits.exp()
    return (e / e.sum(dim=1, keepdim=True)).log()


@wrong("log_softmax", mistake="log-of-zero")
def the_log_of_a_stable_softmax(logits):
    e = torch.exp(logits - logits.max(dim=1, keepdim=True).values)
    return torch.log(e / e.sum(dim=1, keepdim=True))


@wrong("log_softmax", mistake="overflow")
def the_largest_of_all_rows(logits):
    shifted = logits - logits.max()
    return shifted - shifted.exp().sum(dim=1, keepdim=True).log()


@wrong("log_softmax", mistake="largest-of-each-column")
def subtracts_the_largest_of_each_column(logits):
    shifted = logits - logits.max(dim=0).values
    return shifted - shifted.exp().sum(dim=1, keepdim=True).log()


@wrong("log_softmax", mistake="cut-off")
def a_little_added_in_the_log(logits):
    e = torch.exp(logits - logits.max(dim=1, keepdim=True).values)
    return torch.log(e / e.sum(dim=1, keepdim=True) + 1e-9)


@wrong("log_softmax", mistake="cut-off")
def a_clamp_in_the_log(logits):
    e = torch.exp(logits - logits.max(dim=1, keepdim=True).values)
    return torch.log((e / e.sum(dim=1, keepdim=True)).clamp(min=1e-12))


@wrong("log_softmax", mistake="ready-made-function")
def torchs_own(logits):
    return torch.log_softmax(logits, dim=1)


@wrong("log_softmax", mistake="ready-made-function")
def torchs_module(logits):
    return nn.LogSoftmax(dim=-1)(logits)


@wrong("log_softmax", mistake="ready-made-function")
def the_log_of_torchs_softmax(logits):
    return torch.log(F.softmax(logits, dim=1))


@wrong("log_softmax", mistake="graph-lost")
def by_way_of_numpy(logits):
    x = logits.detach().numpy()
    x = x - x.max(axis=1, keepdims=True)
    return torch.from_numpy(x - np.log(np.exp(x).sum(axis=1, keepdims=True)))


@wrong("log_softmax", mistake="partly-detached")
def the_sum_detached(logits):
    return logits - logits.logsumexp(dim=1, keepdim=True).detach()


@wrong("log_softmax", mistake="argument-changed")
def shifts_in_place(logits):
    logits -= logits.max(dim=1, keepdim=True).values
    return logits - logits.exp().sum(dim=1, keepdim=True).log()


@wrong("log_softmax", mistake="in-place-in-graph")
def probabilities_in_the_place_of_the_exp(logits):
    shifted = logits - logits.max(dim=1, keepdim=True).values
    e = shifted.exp()
    total = e.sum(dim=1, keepdim=True)
    e /= total
    return shifted - total.log()


@wrong("log_softmax", mistake="list-instead-of-tensor")
def a_list_of_rows(logits):
    return [row - row.logsumexp(dim=0) for row in logits]


# cross_entropy, wrong


@wrong("cross_entropy", mistake="certain-rows-left-out")
def mean_of_what_is_not_zero(logits, target):
    one_hot = nn.functional.one_hot(target, logits.shape[1])
    picked = one_hot * log_softmax(logits)
    return -picked[picked != 0].mean()


@wrong("cross_entropy", mistake="sum-instead-of-mean")
def the_sum_over_the_batch(logits, target):
    return -log_softmax(logits)[range(len(target)), target].sum()


@wrong("cross_entropy", mistake="divided-by-every-element")
def the_mean_of_one_hot_products(logits, target):
    return -(F.one_hot(target, logits.shape[1]) * log_softmax(logits)).mean()


@wrong("cross_entropy", mistake="divided-by-classes")
def divided_by_the_classes(logits, target):
    n, c = logits.shape
    return -log_softmax(logits)[torch.arange(n), target].sum() / c


@wrong("cross_entropy", mistake="not-averaged")
def a_loss_for_each_row(logits, target):
    return -log_softmax(logits)[range(len(target)), target]


@wrong("cross_entropy", mistake="minus-missing")
def a_negative_loss(logits, target):
    return log_softmax(logits)[range(len(target)), target].mean()


@wrong("cross_entropy", mistake="log-missing")
def the_mean_probability(logits, target):
    probabilities = log_softmax(logits).exp()
    return -probabilities[range(len(target)), target].mean()


@wrong("cross_entropy", mistake="log-missing")
def the_mean_probability_by_softmax(logits, target):
    return -logits.softmax(dim=1)[range(len(target)), target].mean()


@wrong("cross_entropy", mistake="softmax-before-cross-entropy")
def softmax_first(logits, target):
    probabilities = torch.softmax(logits, dim=1)
    return -log_softmax(probabilities)[range(len(target)), target].mean()


@wrong("cross_entropy", mistake="softmax-before-cross-entropy")
def softmax_before_torchs_own(logits, target):
    return F.cross_entropy(F.softmax(logits, dim=1), target)


@wrong("cross_entropy", mistake="log-softmax-missing")
def of_the_logits_themselves(logits, target):
    return -logits.gather(1, target.unsqueeze(1)).mean()


@wrong("cross_entropy", mistake="target-not-used")
def every_class_in_the_mean(logits, target):
    return -log_softmax(logits).mean()


@wrong("cross_entropy", mistake="every-class-counted")
def every_class_in_the_sum(logits, target):
    return -log_softmax(logits).sum(dim=1).mean()


@wrong("cross_entropy", mistake="largest-instead-of-true")
def of_the_most_likely_class(logits, target):
    return -log_softmax(logits).max(dim=1).values.mean()


@wrong("cross_entropy", mistake="every-pair-counted")
def every_target_in_every_row(logits, target):
    return -log_softmax(logits)[:, target].mean()


@wrong("cross_entropy", mistake="wrong-logarithm")
def in_bits_by_log2(logits, target):
    p = log_softmax(logits).exp()
    return -torch.log2(p[range(len(target)), target]).mean()


@wrong("cross_entropy", mistake="swapped-arguments")
def target_first(target, logits):
    return -log_softmax(logits)[range(len(target)), target].mean()


@wrong("cross_entropy", mistake="swapped-arguments")
def target_first_for_torchs_own(logits, target):
    return nn.CrossEntropyLoss()(target, logits)


@wrong("cross_entropy", mistake="not-called")
def cross_entropy_built_and_not_called(logits, target):
    return nn.CrossEntropyLoss(logits, target)


@wrong("cross_entropy", mistake="ready-made-function")
def torchs_function(logits, target):
    return F.cross_entropy(logits, target)


@wrong("cross_entropy", mistake="ready-made-function")
def torchs_loss_module(logits, target):
    loss_fn = nn.CrossEntropyLoss()
    return loss_fn(logits, target)


@wrong("cross_entropy", mistake="ready-made-function")
def torchs_log_softmax(logits, target):
    return -torch.log_softmax(logits, dim=1)[range(len(target)), target].mean()


@wrong("cross_entropy", mistake="one-hot-too-narrow")
def by_one_hot_rows_as_wide_as_the_largest_class(logits, target):
    rows = F.one_hot(target)
    return -(rows * log_softmax(logits)).sum(dim=1).mean()  # noqa: F821


@right("cross_entropy")
def torchs_nll_loss(logits, target):
    return F.nll_loss(log_softmax(logits), target)


@wrong("cross_entropy", mistake="log-softmax-not-used")
def written_out_once_more(logits, target):
    log_p = logits - logits.logsumexp(dim=1, keepdim=True)
    return -log_p[range(len(target)), target].mean()


@wrong("cross_entropy", mistake="log-of-zero")
def the_log_of_the_exp(logits, target):
    p = log_softmax(logits).exp()
    return -p[range(len(target)), target].log().mean()


@wrong("cross_entropy", mistake="graph-lost")
def a_sum_of_numbers(logits, target):
    log_p = log_softmax(logits)
    total = 0.0
    for row, label in zip(log_p, target, strict=True):
        total -= row[label].item()
    return torch.tensor(total / len(target))


@wrong("cross_entropy", mistake="number-instead-of-tensor")
def a_number(logits, target):
    return -log_softmax(logits)[range(len(target)), target].mean().item()


@wrong("cross_entropy", mistake="argument-changed")
def writes_into_the_target(logits, target):
    picked = log_softmax(logits).gather(1, target[:, None])
    target.zero_()
    return -picked.mean()


@wrong("cross_entropy", mistake="argument-changed")
def counts_through_all_rows(logits, target):
    n, c = logits.shape
    target += torch.arange(n) * c
    return -log_softmax(logits).flatten()[target].mean()


# loss_gradients, wrong


@wrong("loss_gradients", mistake="wrong-dtype")
def all_in_double(logits, target):
    one_hot = nn.functional.one_hot(target, logits.shape[1]).double()
    x = logits.detach().double().requires_grad_()
    nn.MSELoss()(x.softmax(dim=1), one_hot).backward()
    y = logits.detach().double().requires_grad_()
    nn.CrossEntropyLoss()(y, target).backward()
    return x.grad, y.grad


@wrong("loss_gradients", mistake="gradients-added-up")
def one_copy_for_both(logits, target):
    x = logits.detach().clone().requires_grad_()
    nn.MSELoss()(x.softmax(1), F.one_hot(target, logits.shape[1]).float()).backward()
    mse = x.grad.clone()
    nn.CrossEntropyLoss()(x, target).backward()
    return mse, x.grad


@wrong("loss_gradients", mistake="gradients-added-up")
def one_copy_and_one_grad_for_both(logits, target):
    x = logits.detach().clone().requires_grad_()
    nn.MSELoss()(x.softmax(1), F.one_hot(target, logits.shape[1]).float()).backward()
    mse = x.grad
    nn.CrossEntropyLoss()(x, target).backward()
    return mse, x.grad


@wrong("loss_gradients", mistake="same-tensor-twice")
def emptied_and_filled_again(logits, target):
    x = logits.detach().clone().requires_grad_()
    nn.MSELoss()(x.softmax(1), F.one_hot(target, logits.shape[1]).float()).backward()
    mse = x.grad
    x.grad.zero_()
    nn.CrossEntropyLoss()(x, target).backward()
    return mse, x.grad


@wrong("loss_gradients", mistake="softmax-missing")
def mse_of_the_logits(logits, target):
    x = logits.detach().clone().requires_grad_()
    nn.MSELoss()(x, F.one_hot(target, logits.shape[1]).float()).backward()
    y = logits.detach().clone().requires_grad_()
    nn.CrossEntropyLoss()(y, target).backward()
    return x.grad, y.grad


@wrong("loss_gradients", mistake="log-softmax-for-softmax")
def mse_of_log_probabilities(logits, target):
    x = logits.detach().clone().requires_grad_()
    nn.MSELoss()(log_softmax(x), F.one_hot(target, logits.shape[1]).float()).backward()
    y = logits.detach().clone().requires_grad_()
    nn.CrossEntropyLoss()(y, target).backward()
    return x.grad, y.grad


@wrong("loss_gradients", mistake="wrong-dimension")
def softmax_over_the_batch(logits, target):
    x = logits.detach().clone().requires_grad_()
    nn.MSELoss()(x.softmax(0), F.one_hot(target, logits.shape[1]).float()).backward()
    y = logits.detach().clone().requires_grad_()
    nn.CrossEntropyLoss()(y, target).backward()
    return x.grad, y.grad


@wrong("loss_gradients", mistake="one-hot-missing")
def mse_against_the_classes(logits, target):
    x = logits.detach().clone().requires_grad_()
    nn.MSELoss()(x.softmax(1), target).backward()
    y = logits.detach().clone().requires_grad_()
    nn.CrossEntropyLoss()(y, target).backward()
    return x.grad, y.grad


@wrong("loss_gradients", mistake="one-hot-missing")
def mse_against_a_column_of_classes(logits, target):
    x = logits.detach().clone().requires_grad_()
    nn.MSELoss()(x.softmax(1), target.float().unsqueeze(1)).backward()
    y = logits.detach().clone().requires_grad_()
    nn.CrossEntropyLoss()(y, target).backward()
    return x.grad, y.grad


@wrong("loss_gradients", mistake="one-hot-too-narrow")
def one_hot_without_the_number_of_classes(logits, target):
    x = logits.detach().clone().requires_grad_()
    nn.MSELoss()(x.softmax(1), F.one_hot(target).float()).backward()
    y = logits.detach().clone().requires_grad_()
    nn.CrossEntropyLoss()(y, target).backward()
    return x.grad, y.grad


@wrong("loss_gradients", mistake="softmax-before-cross-entropy")
def cross_entropy_of_probabilities(logits, target):
    x = logits.detach().clone().requires_grad_()
    nn.MSELoss()(x.softmax(1), F.one_hot(target, logits.shape[1]).float()).backward()
    y = logits.detach().clone().requires_grad_()
    nn.CrossEntropyLoss()(y.softmax(1), target).backward()
    return x.grad, y.grad


@wrong("loss_gradients", mistake="sum-instead-of-mean")
def both_summed(logits, target):
    x = logits.detach().clone().requires_grad_()
    one_hot = F.one_hot(target, logits.shape[1]).float()
    nn.MSELoss(reduction="sum")(x.softmax(1), one_hot).backward()
    y = logits.detach().clone().requires_grad_()
    nn.CrossEntropyLoss(reduction="sum")(y, target).backward()
    return x.grad, y.grad


@wrong("loss_gradients", mistake="divided-by-batch-only")
def mse_summed_over_classes(logits, target):
    n, c = logits.shape
    x = logits.detach().clone().requires_grad_()
    ((x.softmax(1) - F.one_hot(target, c)) ** 2).sum(1).mean().backward()
    y = logits.detach().clone().requires_grad_()
    nn.CrossEntropyLoss()(y, target).backward()
    return x.grad, y.grad


@wrong("loss_gradients", mistake="gradient-of-the-probabilities")
def with_respect_to_the_softmax(logits, target):
    p = logits.softmax(1).detach().requires_grad_()
    nn.MSELoss()(p, F.one_hot(target, logits.shape[1]).float()).backward()
    y = logits.detach().clone().requires_grad_()
    nn.CrossEntropyLoss()(y, target).backward()
    return p.grad, y.grad


@wrong("loss_gradients", mistake="loss-instead-of-gradient")
def the_losses(logits, target):
    one_hot = F.one_hot(target, logits.shape[1]).float()
    return nn.MSELoss()(logits.softmax(1), one_hot), nn.CrossEntropyLoss()(logits, target)


@wrong("loss_gradients", mistake="gradients-swapped")
def cross_entropy_comes_first(logits, target):
    x = logits.detach().clone().requires_grad_()
    nn.CrossEntropyLoss()(x, target).backward()
    y = logits.detach().clone().requires_grad_()
    nn.MSELoss()(y.softmax(1), F.one_hot(target, logits.shape[1]).float()).backward()
    return x.grad, y.grad


@wrong("loss_gradients", mistake="not-called")
def losses_built_and_not_called(logits, target):
    x = logits.detach().clone().requires_grad_()
    one_hot = F.one_hot(target, logits.shape[1]).float()
    nn.MSELoss(x.softmax(1), one_hot).backward()
    y = logits.detach().clone().requires_grad_()
    nn.CrossEntropyLoss(y, target).backward()
    return x.grad, y.grad


@wrong("loss_gradients", mistake="swapped-arguments")
def target_before_logits(logits, target):
    x = logits.detach().clone().requires_grad_()
    nn.MSELoss()(F.one_hot(target, logits.shape[1]).float(), x.softmax(1)).backward()
    y = logits.detach().clone().requires_grad_()
    nn.CrossEntropyLoss()(target, y).backward()
    return x.grad, y.grad


@wrong("loss_gradients", mistake="no-graph")
def requires_grad_forgotten(logits, target):
    x = logits.detach().clone()
    nn.MSELoss()(x.softmax(1), F.one_hot(target, logits.shape[1]).float()).backward()
    y = logits.detach().clone()
    nn.CrossEntropyLoss()(y, target).backward()
    return x.grad, y.grad


@wrong("loss_gradients", mistake="grad-is-none")
def backward_forgotten(logits, target):
    x = logits.detach().clone().requires_grad_()
    nn.MSELoss()(x.softmax(1), F.one_hot(target, logits.shape[1]).float())
    y = logits.detach().clone().requires_grad_()
    nn.CrossEntropyLoss()(y, target)
    return x.grad, y.grad


@wrong("loss_gradients", mistake="grad-is-none")
def a_copy_that_is_not_detached(logits, target):
    x = logits.clone().requires_grad_()
    nn.MSELoss()(x.softmax(1), F.one_hot(target, logits.shape[1]).float()).backward()
    y = logits.clone().requires_grad_()
    nn.CrossEntropyLoss()(y, target).backward()
    return x.grad, y.grad


@wrong("loss_gradients", mistake="not-a-pair")
def only_one_of_them(logits, target):
    y = logits.detach().clone().requires_grad_()
    nn.CrossEntropyLoss()(y, target).backward()
    return y.grad


@wrong("loss_gradients", mistake="argument-changed")
def marks_the_callers_logits(logits, target):
    grad = logits.grad
    was_leaf = logits.is_leaf
    x = logits.requires_grad_() if was_leaf else logits.detach().requires_grad_()
    one_hot = F.one_hot(target, logits.shape[1]).float()
    (mse,) = torch.autograd.grad(nn.MSELoss()(x.softmax(1), one_hot), x)
    (entropy,) = torch.autograd.grad(nn.CrossEntropyLoss()(x, target), x)
    logits.grad = grad if was_leaf else None
    return mse, entropy


@wrong("loss_gradients", mistake="argument-changed")
def takes_the_requires_grad_away(logits, target):
    one_hot = F.one_hot(target, logits.shape[1]).float()
    grad, logits = logits.grad if logits.is_leaf else None, logits.detach_()
    x, y = logits.clone().requires_grad_(), logits.clone().requires_grad_()
    nn.MSELoss()(x.softmax(1), one_hot).backward()
    nn.CrossEntropyLoss()(y, target).backward()
    logits.grad = grad
    return x.grad, y.grad


@wrong("loss_gradients", mistake="gradient-left-behind")
def backward_through_the_callers_logits(logits, target):
    results = []
    one_hot = F.one_hot(target, logits.shape[1]).float()
    for loss_fn in (
        lambda z: nn.MSELoss()(z.softmax(1), one_hot),
        lambda z: nn.CrossEntropyLoss()(z, target),
    ):
        x = logits.clone()
        if not x.requires_grad:
            x.requires_grad_()
        x.retain_grad()
        loss_fn(x).backward(retain_graph=True)
        results.append(x.grad)
    return tuple(results)


# plot_losses, wrong


@wrong("plot_losses", mistake="nothing-drawn")
def on_axes_of_its_own(ax):
    p = torch.linspace(0.01, 1, 100)
    plt.plot(p, (1 - p) ** 2, label="MSE")
    plt.plot(p, -p.log(), label="cross-entropy")
    plt.legend()
    return ax


@wrong("plot_losses", mistake="label-missing")
def without_labels(ax):
    p = torch.linspace(0.01, 1, 100)
    ax.plot(p, (1 - p) ** 2)
    ax.plot(p, -p.log())
    return ax


@wrong("plot_losses", mistake="legend-missing")
def without_a_legend(ax):
    p = torch.linspace(0.01, 1, 100)
    ax.plot(p, (1 - p) ** 2, label="MSE")
    ax.plot(p, -p.log(), label="cross-entropy")
    return ax


@wrong("plot_losses", mistake="axes-not-returned")
def returns_nothing(ax):
    p = torch.linspace(0.01, 1, 100)
    ax.plot(p, (1 - p) ** 2, label="MSE")
    ax.plot(p, -p.log(), label="cross-entropy")
    ax.legend()


@wrong("plot_losses", mistake="shows-window")
def shows_a_window(ax):
    p = torch.linspace(0.01, 1, 100)
    ax.plot(p, (1 - p) ** 2, label="MSE")
    ax.plot(p, -p.log(), label="cross-entropy")
    ax.legend()
    plt.show()
    return ax


@wrong("plot_losses", mistake="sum-instead-of-mean")
def mse_of_both_classes_added(ax):
    p = torch.linspace(0.01, 1, 100)
    ax.plot(p, 2 * (1 - p) ** 2, label="MSE")
    ax.plot(p, -p.log(), label="cross-entropy")
    ax.legend()
    return ax


@wrong("plot_losses", mistake="minus-missing")
def below_zero(ax):
    p = torch.linspace(0.01, 1, 100)
    ax.plot(p, (1 - p) ** 2, label="MSE")
    ax.plot(p, p.log(), label="cross-entropy")
    ax.legend()
    return ax


@wrong("plot_losses", mistake="curves-swapped")
def labels_swapped(ax):
    p = torch.linspace(0.01, 1, 100)
    ax.plot(p, (1 - p) ** 2)
    ax.plot(p, -p.log())
    ax.legend(["cross-entropy", "MSE"])
    return ax


@wrong("plot_losses", mistake="curves-swapped")
def legend_that_contradicts_the_labels(ax):
    p = torch.linspace(0.01, 1, 100)
    ax.plot(p, (1 - p) ** 2, label="MSE")
    ax.plot(p, -p.log(), label="cross-entropy")
    ax.legend(["cross-entropy", "MSE"])
    return ax


@wrong("plot_losses", mistake="range-too-short")
def without_the_ends(ax):
    p = torch.linspace(0.05, 0.95, 100)
    ax.plot(p, (1 - p) ** 2, label="MSE")
    ax.plot(p, -p.log(), label="cross-entropy")
    ax.legend()
    return ax


@wrong("plot_losses", mistake="too-few-points")
def thirty_points(ax):
    p = torch.linspace(0.01, 0.99, 30)
    ax.plot(p, (1 - p) ** 2, label="MSE")
    ax.plot(p, -p.log(), label="cross-entropy")
    ax.legend()
    return ax


@wrong("plot_losses", mistake="too-few-points")
def a_handful_of_points(ax):
    p = torch.linspace(0.01, 1, 10)
    ax.plot(p, (1 - p) ** 2, label="MSE")
    ax.plot(p, -p.log(), label="cross-entropy")
    ax.legend()
    return ax


@wrong("plot_losses", mistake="points-out-of-order")
def points_by_chance(ax):
    p = torch.cat([torch.tensor([0.001, 0.999]), torch.rand(400)])
    ax.plot(p, (1 - p) ** 2, label="MSE")
    ax.plot(p, -p.log(), label="cross-entropy")
    ax.legend()
    return ax


@wrong("plot_losses", mistake="not-a-probability")
def in_percent(ax):
    p = torch.linspace(0.01, 1, 100)
    ax.plot(100 * p, (1 - p) ** 2, label="MSE")
    ax.plot(100 * p, -p.log(), label="cross-entropy")
    ax.legend()
    return ax


@wrong("plot_losses", mistake="range-too-short")
def the_upper_half_only(ax):
    p = torch.linspace(0.5, 1, 100)
    ax.plot(p, (1 - p) ** 2, label="MSE")
    ax.plot(p, -p.log(), label="cross-entropy")
    ax.legend()
    return ax


@wrong("plot_losses", mistake="outside-the-view")
def limits_in_percent(ax):
    p = torch.linspace(0.01, 1, 100)
    ax.plot(p, (1 - p) ** 2, label="MSE")
    ax.plot(p, -p.log(), label="cross-entropy")
    ax.set_xlim(1, 100)
    ax.legend()
    return ax


@wrong("plot_losses", mistake="outside-the-view")
def from_where_mse_ends(ax):
    p = torch.linspace(0.01, 1, 100)
    ax.plot(p, (1 - p) ** 2, label="MSE")
    ax.plot(p, -p.log(), label="cross-entropy")
    ax.set_ylim(1, 5)
    ax.legend()
    return ax


@wrong("plot_losses", mistake="softmax-before-cross-entropy")
def probabilities_for_logits(ax):
    p = torch.linspace(0.01, 0.99, 99)
    rows = torch.stack([p, 1 - p], dim=1)
    ax.plot(p, [mse_loss(row, torch.tensor([1.0, 0.0])) for row in rows], label="MSE")
    losses = [cross_entropy(row[None], torch.tensor([0])) for row in rows]
    ax.plot(p, losses, label="cross-entropy")
    ax.legend()
    return ax


# right


@right("mse_loss")
def in_one_line(prediction, target):
    if prediction.shape != target.shape:
        raise ValueError(f"{prediction.shape} != {target.shape}")
    return (prediction - target).pow(2).mean()


@right("mse_loss")
def by_loops(predictions, targets):
    if tuple(predictions.size()) != tuple(targets.size()):
        raise ValueError(
            "expected shapes to match, got %s and %s"
            % (list(predictions.size()), list(targets.size()))
        )
    total = 0
    for p, t in zip(predictions.reshape(-1), targets.reshape(-1), strict=True):
        total = total + (p - t) * (p - t)
    return total / predictions.numel()


@right("mse_loss")
def by_a_dot_product(prediction, target):
    check_shapes(prediction, target)
    error = (prediction - target).flatten()
    return error @ error / error.numel()


class ShapeError(ValueError):
    pass


def sizes(tensor):
    return "x".join(str(n) for n in tensor.shape) or "scalar"


@right("mse_loss")
def by_functions_and_a_class_of_its_own(y_hat, y, *, reduce=torch.mean):
    if y_hat.shape != y.shape:
        raise ShapeError(f"cannot compare {sizes(y_hat)} with {sizes(y)}")
    return reduce(torch.square(torch.sub(y_hat, y)))


@right("mse_loss")
def in_place_on_its_own_tensor(prediction, target):
    if not prediction.shape == target.shape:
        raise ValueError(
            "prediction has shape {}, target {}".format(prediction.shape, target.shape)
        )
    difference = prediction.clone()
    difference -= target
    difference *= difference.clone()
    return difference.sum() / max(1, difference.numel())


@right("mse_loss")
def by_the_norm(prediction, target):
    check_shapes(prediction, target)
    return torch.linalg.vector_norm(prediction - target) ** 2 / prediction.numel()


@right("log_softmax")
def by_logsumexp(logits):
    return logits - torch.logsumexp(logits, dim=1, keepdim=True)


@right("log_softmax")
def by_logsumexp_along_any_dimension(logits, dim=-1):
    return logits - logits.logsumexp(dim).unsqueeze(dim)


@right("log_softmax")
def row_by_row(x):
    rows = []
    for row in x:
        row = row - row.max()
        rows.append(row - torch.log(torch.sum(torch.exp(row))))
    return torch.stack(rows)


@right("log_softmax")
def with_the_largest_detached(logits):
    largest = logits.detach().amax(dim=1, keepdim=True)
    log_of_sum = largest + (logits - largest).exp().sum(1, keepdim=True).log()
    return logits - log_of_sum


@right("log_softmax")
def transposed(logits):
    columns = logits.t() - logits.max(1)[0]
    return (columns - columns.exp().sum(0).log()).t()


@right("log_softmax")
def in_place_on_a_copy(logits):
    out = logits.clone()
    out -= logits.max(dim=1, keepdim=True).values
    return out - out.exp().sum(dim=1, keepdim=True).log()


@right("log_softmax")
def by_logaddexp(logits):
    total = logits[:, :1]
    for column in range(1, logits.shape[1]):
        total = torch.logaddexp(total, logits[:, column : column + 1])
    return logits - total


@right("log_softmax")
class AModuleOfItsOwn(nn.Module):
    def __new__(cls, logits):
        return logits - logits.logsumexp(1, keepdim=True)


@right("cross_entropy")
def by_gather(logits, target):
    return -log_softmax(logits).gather(1, target.unsqueeze(1)).mean()


@right("cross_entropy")
def by_one_hot(logits, target):
    one_hot = F.one_hot(target, num_classes=logits.size(1))
    return -(one_hot * log_softmax(logits)).sum(dim=1).mean()


@right("cross_entropy")
def by_a_float_one_hot_of_its_own(logits, target):
    n, c = logits.shape
    one_hot = torch.zeros(n, c)
    one_hot[torch.arange(n), target] = 1.0
    return -torch.sum(one_hot * log_softmax(logits)) / n


@right("cross_entropy")
def by_a_loop(scores, labels):
    log_p = log_softmax(scores)
    loss = 0
    for i, label in enumerate(labels.tolist()):
        loss = loss - log_p[i][label]
    return loss / len(labels)


@right("cross_entropy")
def by_where(logits, target):
    is_true = torch.arange(logits.shape[1]) == target[:, None]
    return torch.where(is_true, -log_softmax(logits), 0.0).sum() / target.numel()


@right("cross_entropy")
def by_a_mask(logits, target):
    mask = torch.eye(logits.shape[1], dtype=torch.bool)[target]
    return -log_softmax(logits)[mask].mean()


@right("cross_entropy")
def by_the_diagonal(logits, target):
    return log_softmax(logits)[:, target].diagonal().neg().mean()


@right("cross_entropy")
def log_softmax_twice_which_changes_nothing(logits, target):
    log_p = log_softmax(log_softmax(logits))
    return -log_p.take_along_dim(target[:, None], dim=1).mean()


@right("loss_gradients")
def by_autograd_grad(logits, target):
    x = logits.detach().requires_grad_()
    one_hot = F.one_hot(target, x.shape[1]).to(x.dtype)
    mse = torch.autograd.grad(F.mse_loss(F.softmax(x, dim=1), one_hot), x)[0]
    return mse, torch.autograd.grad(F.cross_entropy(x, target), x)[0]


@right("loss_gradients")
def with_an_integer_one_hot(logits, target):
    x, y = (logits.detach().clone().requires_grad_(True) for _ in range(2))
    mse = nn.MSELoss()(nn.Softmax(dim=-1)(x), F.one_hot(target, logits.size(-1)))
    entropy = nn.CrossEntropyLoss()(y, target)
    mse.backward()
    entropy.backward()
    return (x.grad, y.grad)


@right("loss_gradients")
def with_the_gradient_emptied_in_between(logits, target):
    x = logits.clone().detach()
    x.requires_grad = True
    one_hot = torch.zeros_like(x).scatter(1, target.view(-1, 1), 1.0)
    nn.MSELoss()(torch.softmax(x, 1), one_hot).backward()
    first = x.grad.clone()
    x.grad.zero_()
    nn.CrossEntropyLoss()(x, target).backward()
    return first, x.grad


def gradient_with_respect_to(x, loss):
    x = x.detach().clone().requires_grad_()
    loss(x).backward()
    return x.grad


@right("loss_gradients")
def with_a_helper(logits, target):
    one_hot = torch.eye(logits.shape[1])[target]
    mse, entropy = nn.MSELoss(), nn.CrossEntropyLoss()
    return (
        gradient_with_respect_to(logits, lambda x: mse(x.softmax(1), one_hot)),
        gradient_with_respect_to(logits, lambda x: entropy(x, target)),
    )


@right("loss_gradients")
def by_formula(logits, target):
    n, c = logits.shape
    p = logits.detach().softmax(1)
    error = p - F.one_hot(target, c)
    inner = (p * error).sum(1, keepdim=True)
    return 2 * p * (error - inner) / (n * c), error / n


@right("loss_gradients")
def with_the_losses_of_this_file(logits, target):
    x = torch.tensor(logits.tolist(), requires_grad=True)
    mse_loss(log_softmax(x).exp(), F.one_hot(target, x.shape[1]).float()).backward()
    y = torch.tensor(logits.tolist(), requires_grad=True)
    cross_entropy(y, target).backward()
    return x.grad, y.grad


@right("plot_losses")
def from_zero_where_one_is_infinite(ax):
    p = torch.linspace(0, 1, 50)
    ax.plot(p, (1 - p) ** 2, label="MSE")
    ax.plot(p, -p.log(), label="cross-entropy")
    ax.legend()
    return ax


@right("plot_losses")
def by_formula_with_a_legend_by_hand(ax):
    p = np.linspace(0.01, 0.99, 50)
    ax.plot(p, (1 - p) ** 2, "r--")
    ax.plot(p, -np.log(p), "b-")
    ax.legend(["MSE loss", "Cross-Entropy loss"])
    return ax


@right("plot_losses")
def from_zero_where_cross_entropy_is_infinite(ax):
    p = torch.linspace(0, 1, 101)
    ax.plot(p, -torch.log(p), label="Cross entropy")
    ax.plot(p, torch.square(1 - p), label="mse")
    ax.set_yscale("symlog")
    ax.legend()
    return ax


@right("plot_losses")
def point_by_point_with_torchs_losses(ax):
    xs, mses, entropies = [], [], []
    for i in range(1, 200):
        p = i / 200
        row = torch.tensor([[p, 1 - p]])
        xs.append(p)
        mses.append(nn.MSELoss()(row, torch.tensor([[1.0, 0.0]])).item())
        entropies.append(nn.CrossEntropyLoss()(row.log(), torch.tensor([0])).item())
    ax.plot(xs, mses, label="nn.MSELoss")
    ax.plot(xs, entropies, label="nn.CrossEntropyLoss")
    ax.legend(loc="upper right")
    ax.set_title("MSE and cross-entropy")
    return ax


@right("plot_losses")
def cut_off_where_mse_ends_and_from_right_to_left(ax):
    p = torch.linspace(1, 0.001, 500)
    ax.plot(p, (1 - p) ** 2, label="MSE")
    ax.plot(p, -p.log(), label="cross-entropy")
    ax.axis((1, 0, 0, 1))
    ax.legend()
    return ax


@right("plot_losses")
def points_by_chance_that_are_not_joined(ax):
    p = torch.cat([torch.tensor([0.001, 0.999]), torch.rand(1000)])
    ax.scatter(p, (1 - p) ** 2, label="MSE")
    ax.plot(p, -p.log(), ".", label="cross-entropy")
    ax.legend()
    return ax


@right("plot_losses")
def with_a_scale_for_each_loss(ax):
    p = np.geomspace(0.001, 1, 1000)
    other = ax.twinx()
    ax.semilogx(p, (1 - p) ** 2, "C0", label="MSE")
    other.semilogx(p, -np.log(p), "C1", label="cross-entropy")
    other.set_ylim(0, 100)
    ax.legend(loc="lower left")
    other.legend(loc="upper right")
    return ax


@right("plot_losses")
def against_the_lead_of_the_logits(ax):
    lead = torch.linspace(-6, 6, 400)
    p = lead.sigmoid()
    ax.plot(p, (1 - p) ** 2, label="MSE")
    ax.scatter(p, F.softplus(-lead), s=4, label="cross-entropy")
    ax.axhline(1, color="grey", linewidth=0.5)
    ax.legend()
    return ax


class LogSoftmax(torch.autograd.Function):
    @staticmethod
    def forward(ctx, logits):
        result = logits - logits.logsumexp(dim=1, keepdim=True)
        ctx.save_for_backward(result)
        return result

    @staticmethod
    def backward(ctx, upstream):
        (result,) = ctx.saved_tensors
        return upstream - result.exp() * upstream.sum(dim=1, keepdim=True)


@right("log_softmax")
def with_a_gradient_of_its_own(logits):
    return LogSoftmax.apply(logits)


@right("log_softmax")
def in_double_precision(logits):
    x = logits.double()
    x = x - x.max(dim=1, keepdim=True).values
    return (x - x.exp().sum(dim=1, keepdim=True).log()).to(logits.dtype)


@right("loss_gradients")
def by_torch_func(logits, target):
    one_hot = F.one_hot(target, logits.shape[1]).float()
    mse = torch.func.grad(lambda z: nn.MSELoss()(z.softmax(dim=1), one_hot))
    entropy = torch.func.grad(lambda z: nn.CrossEntropyLoss()(z, target))
    return mse(logits), entropy(logits)


@right("cross_entropy")
def with_checks_and_a_reduction(logits, target, reduction="mean"):
    if logits.dim() != 2 or target.shape != logits.shape[:1] or target.dtype != torch.int64:
        raise ValueError(f"logits {logits.shape}, target {target.shape} {target.dtype}")
    losses = torch.stack([-row[k] for row, k in zip(log_softmax(logits), target, strict=True)])
    return {"mean": losses.mean, "sum": losses.sum}[reduction]()


# ---- what large numbers and other errors bring to light


@wrong("mse_loss", mistake="digits-lost")
def by_the_binomial_formula(prediction, target):
    if prediction.shape != target.shape:
        raise ValueError(f"{prediction.shape} is not {target.shape}")
    return (prediction**2 - 2 * prediction * target + target**2).mean()


@wrong("mse_loss", mistake="wrong-error")
def raising_a_type_error(prediction, target):
    if prediction.shape != target.shape:
        raise TypeError(f"{prediction.shape} is not {target.shape}")
    return ((prediction - target) ** 2).mean()


@wrong("loss_gradients", mistake="minus-too-many")
def the_way_down(logits, target):
    gradients = []
    for loss in (
        lambda x: F.mse_loss(x.softmax(dim=1), F.one_hot(target, x.shape[1]).float()),
        lambda x: F.cross_entropy(x, target),
    ):
        x = logits.detach().clone().requires_grad_()
        loss(x).backward()
        gradients.append(-x.grad)
    return tuple(gradients)


@wrong("loss_gradients", mistake="grad-left-off")
def gradients_left_off(logits, target):
    torch.set_grad_enabled(True)
    one, other = (logits.detach().clone().requires_grad_() for _ in range(2))
    F.mse_loss(one.softmax(dim=1), F.one_hot(target, logits.shape[1]).float()).backward()
    F.cross_entropy(other, target).backward()
    torch.set_grad_enabled(False)
    return one.grad, other.grad
