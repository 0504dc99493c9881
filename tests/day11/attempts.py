"""Day 11: attempts that the tests must tell apart."""

import functools

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.autograd import Variable, grad

from kata.attempts import right, wrong

# --- gradient_by_hand ----------------------------------------------------------------------------


@wrong("gradient_by_hand", mistake="used-autograd")
def copy_of_the_autograd_version(x):
    x = x.detach().clone().requires_grad_(True)
    y = (3 * x**2 + 2 * x).sum()
    y.backward()
    return x.grad


@wrong("gradient_by_hand", mistake="used-autograd")
def grad_under_another_name(x):
    x = x.clone().requires_grad_(True)
    (answer,) = grad((3 * x**2 + 2 * x).sum(), x)
    return answer


@wrong("gradient_by_hand", mistake="used-autograd")
def asks_the_function_below(x):
    return gradient_by_autograd(x)


@wrong("gradient_by_hand", mistake="used-autograd")
def func_grad(x):
    return torch.func.grad(lambda x: torch.sum(3 * x**2 + 2 * x))(x)


@wrong("gradient_by_hand", mistake="used-autograd")
def forward_mode(x):
    return torch.func.jvp(lambda x: 3 * x**2 + 2 * x, (x,), (torch.ones_like(x),))[1]


@wrong("gradient_by_hand", mistake="used-autograd")
def marks_x_and_goes_back(x):
    x.requires_grad_()
    x.grad = None
    torch.sum(3 * x**2 + 2 * x).backward()
    return x.grad


@wrong("gradient_by_hand", mistake="value-instead-of-gradient")
def the_value_of_y(x):
    return (3 * x**2 + 2 * x).sum()


@wrong("gradient_by_hand", mistake="terms-instead-of-gradient")
def the_terms_of_y(x):
    return 3 * x**2 + 2 * x


@wrong("gradient_by_hand", mistake="gradient-summed")
def sums_the_gradient_too(x):
    return torch.sum(6 * x + 2)


@wrong("gradient_by_hand", mistake="linear-term-forgotten")
def only_the_square(x):
    return 6 * x


@wrong("gradient_by_hand", mistake="linear-term-kept")
def keeps_the_x_of_2x(x):
    return 6 * x + 2 * x


@wrong("gradient_by_hand", mistake="exponent-not-brought-down")
def half_of_the_power_rule(x):
    return 3 * x + 2


@wrong("gradient_by_hand", mistake="exponent-not-lowered")
def other_half_of_the_power_rule(x):
    return 6 * x**2 + 2


@wrong("gradient_by_hand", mistake="argument-changed")
def multiplies_in_place(x):
    return x.mul_(6).add_(2)


@wrong("gradient_by_hand", mistake="argument-changed")
def augmented_assignment(x):
    x *= 6
    x += 2
    return x


@wrong("gradient_by_hand", mistake="wrong-dtype")
def always_float32(x):
    return 6 * x.float() + 2


@wrong("gradient_by_hand", mistake="returns-none")
def prints_instead(x):
    print(6 * x + 2)


@wrong("gradient_by_hand", mistake="list-instead-of-tensor")
def a_list_of_slopes(x):
    return [6 * v + 2 for v in x.flatten()]


@right("gradient_by_hand")
def term_by_term(x: torch.Tensor) -> torch.Tensor:
    d_square = 3 * 2 * x
    d_linear = torch.full_like(x, 2)
    return d_square + d_linear


@right("gradient_by_hand")
def in_place_on_its_own(x):
    out = x.clone()
    out *= 6
    out.add_(2)
    return out


@right("gradient_by_hand")
def without_recording(x):
    with torch.no_grad():
        return x * 6.0 + 2.0


@right("gradient_by_hand")
def from_plain_numbers(x):
    return x.detach().multiply(6).add(2)


@right("gradient_by_hand")
def a_loop_over_elements(values):
    flat = values.reshape(-1)
    g = torch.zeros_like(flat)
    for i in range(len(flat)):
        g[i] = 6 * flat[i] + 2
    return g.reshape(values.shape)


@right("gradient_by_hand")
def by_way_of_numpy(x):
    return torch.from_numpy(np.asarray(6 * x.numpy() + 2)).to(x.dtype)


@right("gradient_by_hand")
@torch.no_grad()
def a_decorated_polynomial(x, a=3, b=2):
    return 2 * a * x + b


# --- gradient_by_autograd ------------------------------------------------------------------------


@wrong("gradient_by_autograd", mistake="gradients-accumulated")
def tracks_the_argument(x):
    x.requires_grad_(True)
    y = (3 * x**2 + 2 * x).sum()
    y.backward()
    return x.grad


@wrong("gradient_by_autograd", mistake="gradients-accumulated")
def tracks_the_argument_and_copies(x):
    x.requires_grad = True
    y = torch.sum(3 * x.pow(2) + 2 * x)
    y.backward()
    return x.grad.clone()


LEAVES = {}


@wrong("gradient_by_autograd", mistake="gradients-accumulated")
def keeps_its_leaves(x):
    key = tuple(x.flatten().tolist()), tuple(x.shape), x.dtype
    leaf = LEAVES.setdefault(key, x.detach().clone().requires_grad_())
    (3 * leaf**2 + 2 * leaf).sum().backward()
    return leaf.grad.clone()


@wrong("gradient_by_autograd", mistake="gradients-accumulated")
def goes_back_twice_through_a_kept_graph(x):
    x = x.detach().clone().requires_grad_()
    y = (3 * x**2 + 2 * x).sum()
    y.backward(retain_graph=True)
    y.backward()
    return x.grad


@wrong("gradient_by_autograd", mistake="argument-changed")
def empties_the_grad_of_the_argument(x):
    x.requires_grad_(True)
    x.grad = None
    y = (3 * x**2 + 2 * x).sum()
    y.backward()
    return x.grad


@wrong("gradient_by_autograd", mistake="argument-changed")
def zeroes_the_grad_of_the_argument(x):
    x.requires_grad_(True)
    if x.grad is not None:
        x.grad.zero_()
    (3 * x**2 + 2 * x).sum().backward()
    return x.grad.clone()


@wrong("gradient_by_autograd", mistake="argument-changed")
def only_marks_the_argument(x):
    return torch.autograd.grad((3 * x.requires_grad_() ** 2 + 2 * x).sum(), x)[0]


@wrong("gradient_by_autograd", mistake="grad-of-non-leaf")
def clones_without_detaching(x):
    x = x.clone().requires_grad_()
    y = (3 * x**2 + 2 * x).sum()
    y.backward()
    return x.grad


@wrong("gradient_by_autograd", mistake="grad-of-non-leaf")
def multiplies_by_one(x):
    x = x.detach().requires_grad_() * 1.0
    y = (3 * x**2 + 2 * x).sum()
    y.backward()
    return x.grad


@wrong("gradient_by_autograd", mistake="grad-of-non-leaf")
def clones_the_grad_of_a_non_leaf(x):
    x = x.detach().requires_grad_().clone()
    (3 * x**2 + 2 * x).sum().backward()
    return x.grad.clone()


@wrong("gradient_by_autograd", mistake="backward-on-vector")
def backward_on_a_vector(x):
    x = x.detach().clone().requires_grad_()
    y = 3 * x**2 + 2 * x
    y.backward()
    return x.grad


@wrong("gradient_by_autograd", mistake="no-graph")
def detaches_before_backward(x):
    x = x.clone().requires_grad_()
    y = (3 * x**2 + 2 * x).sum().detach()
    y.backward()
    return x.grad


@wrong("gradient_by_autograd", mistake="no-graph")
def forgets_requires_grad(x):
    x = x.detach().clone()
    y = (3 * x**2 + 2 * x).sum()
    y.backward()
    return x.grad


@wrong("gradient_by_autograd", mistake="no-graph")
def computes_y_under_no_grad(x):
    x = x.detach().clone().requires_grad_()
    with torch.no_grad():
        y = (3 * x**2 + 2 * x).sum()
    y.backward()
    return x.grad


@wrong("gradient_by_autograd", mistake="in-place-on-leaf")
def changes_the_leaf_in_place(x):
    x = x.detach().clone().requires_grad_()
    x += 0.0
    (3 * x**2 + 2 * x).sum().backward()
    return x.grad


@wrong("gradient_by_autograd", mistake="graph-freed")
def goes_back_twice(x):
    x = x.detach().clone().requires_grad_()
    y = (3 * x**2 + 2 * x).sum()
    y.backward()
    x.grad = None
    y.backward()
    return x.grad


@wrong("gradient_by_autograd", mistake="returns-none")
def returns_what_backward_returns(x):
    x = x.detach().clone().requires_grad_()
    return (3 * x**2 + 2 * x).sum().backward()


@wrong("gradient_by_autograd", mistake="returns-none")
def never_goes_back(x):
    x = x.detach().clone().requires_grad_()
    y = (3 * x**2 + 2 * x).sum()
    return x.grad


@wrong("gradient_by_autograd", mistake="tuple-returned")
def the_tuple_of_autograd_grad(x):
    x = x.detach().clone().requires_grad_()
    return torch.autograd.grad((3 * x**2 + 2 * x).sum(), x)


@wrong("gradient_by_autograd", mistake="autograd-not-used")
def the_formula_again(x):
    return 6 * x + 2


@wrong("gradient_by_autograd", mistake="autograd-not-used")
def asks_the_function_above(x):
    x = x.detach().clone().requires_grad_()
    y = (3 * x**2 + 2 * x).sum()
    return gradient_by_hand(x).detach()


@wrong("gradient_by_autograd", mistake="mean-instead-of-sum")
def averages_y(x):
    x = x.detach().clone().requires_grad_()
    y = (3 * x**2 + 2 * x).mean()
    y.backward()
    return x.grad


@wrong("gradient_by_autograd", mistake="linear-term-forgotten")
def another_y(x):
    x = x.detach().clone().requires_grad_()
    (3 * x**2).sum().backward()
    return x.grad


@wrong("gradient_by_autograd", mistake="value-instead-of-gradient")
def returns_y(x):
    x = x.detach().clone().requires_grad_()
    y = (3 * x**2 + 2 * x).sum()
    y.backward()
    return y


@wrong("gradient_by_autograd", mistake="wrong-dtype")
def a_new_float32_tensor(x):
    x = torch.tensor(x.tolist(), dtype=torch.float32, requires_grad=True)
    (3 * x**2 + 2 * x).sum().backward()
    return x.grad


@right("gradient_by_autograd")
def with_autograd_grad(x):
    x = x.detach().requires_grad_()
    return torch.autograd.grad((3 * x**2 + 2 * x).sum(), x)[0]


@right("gradient_by_autograd")
def backward_with_ones(x):
    mine = x.detach().clone()
    mine.requires_grad = True
    y = 3 * mine * mine + 2 * mine
    y.backward(gradient=torch.ones_like(y))
    return mine.grad.clone()


def the_sum(x):
    return torch.sum(3 * x.square() + 2 * x)


@right("gradient_by_autograd")
def functional(x):
    return torch.func.grad(the_sum)(x)


@right("gradient_by_autograd")
def with_jacobian(x):
    return torch.autograd.functional.jacobian(the_sum, x)


@right("gradient_by_autograd")
def in_forward_mode(x):
    return torch.func.jvp(lambda x: 3 * x**2 + 2 * x, (x.detach(),), (torch.ones_like(x),))[1]


@right("gradient_by_autograd")
def old_fashioned(x):
    v = Variable(x.data.clone(), requires_grad=True)
    the_sum(v).backward()
    return v.grad.data


@right("gradient_by_autograd")
def as_a_parameter(x):
    p = nn.Parameter(x.detach().clone())
    loss = 3 * (p**2).sum() + 2 * p.sum()
    loss.backward()
    return p.grad


@right("gradient_by_autograd")
def empties_grad_to_be_sure(x):
    w = x.clone().detach().requires_grad_(True)
    w.grad = None
    torch.autograd.backward(the_sum(w))
    return w.grad.detach()


@right("gradient_by_autograd")
def keeps_the_graph_for_second_derivatives(x):
    w = x.detach().clone().requires_grad_()
    (slope,) = grad(the_sum(w), [w], create_graph=True)
    return slope


@right("gradient_by_autograd")
def retains_the_grad_of_a_clone(x):
    w = x.detach().requires_grad_().clone()
    w.retain_grad()
    the_sum(w).backward()
    return w.grad


@right("gradient_by_autograd")
def borrows_x_and_gives_it_back(x):
    required, old = x.requires_grad, x.grad
    x.requires_grad_(True)
    x.grad = None
    (3 * x**2 + 2 * x).sum().backward()
    g, x.grad = x.grad, old
    x.requires_grad_(required)
    return g


@right("gradient_by_autograd")
def by_way_of_numpy_and_back(x):
    t = torch.tensor(x.detach().numpy(), requires_grad=True)
    (3 * t**2 + 2 * t).sum().backward()
    return t.grad


# --- gradient_descent ----------------------------------------------------------------------------


@wrong("gradient_descent", mistake="plus-instead-of-minus")
def climbs(f, start, lr, steps):
    x = start.detach().clone()
    path = [x]
    for _ in range(steps):
        x = x.detach().requires_grad_()
        f(x).backward()
        x = (x + lr * x.grad).detach()
        path.append(x)
    return torch.stack(path)


@wrong("gradient_descent", mistake="lr-forgotten")
def without_lr(f, start, lr, steps):
    x = start.detach().clone()
    path = [x]
    for _ in range(steps):
        x = x.detach().requires_grad_()
        f(x).backward()
        x = (x - x.grad).detach()
        path.append(x)
    return torch.stack(path)


@wrong("gradient_descent", mistake="gradients-accumulated")
def never_zeroes(f, start, lr, steps):
    x = start.detach().clone().requires_grad_()
    path = [x.detach().clone()]
    for _ in range(steps):
        f(x).backward()
        with torch.no_grad():
            x -= lr * x.grad
        path.append(x.detach().clone())
    return torch.stack(path)


@wrong("gradient_descent", mistake="gradients-accumulated")
def optimizer_without_zero_grad(f, start, lr, steps):
    x = nn.Parameter(start.detach().clone())
    optimizer = torch.optim.SGD([x], lr=lr)
    path = [start.detach().clone()]
    for _ in range(steps):
        f(x).backward()
        optimizer.step()
        path.append(x.detach().clone())
    return torch.stack(path)


@wrong("gradient_descent", mistake="gradient-computed-once")
def one_gradient_for_all(f, start, lr, steps):
    x = start.detach().clone().requires_grad_()
    f(x).backward()
    path = [x.detach().clone()]
    for _ in range(steps):
        with torch.no_grad():
            x -= lr * x.grad
        path.append(x.detach().clone())
    return torch.stack(path)


@wrong("gradient_descent", mistake="value-instead-of-gradient")
def subtracts_the_value(f, start, lr, steps):
    x = start.detach().clone()
    path = [x]
    for _ in range(steps):
        x = x - lr * f(x)
        path.append(x)
    return torch.stack(path)


@wrong("gradient_descent", mistake="step-inside-graph")
def steps_inside_the_graph(f, start, lr, steps):
    x = start.detach().clone().requires_grad_()
    path = [x.detach().clone()]
    for _ in range(steps):
        f(x).backward()
        x = x - lr * x.grad
        path.append(x.detach().clone())
    return torch.stack(path)


@wrong("gradient_descent", mistake="grad-of-non-leaf")
def steps_inside_the_graph_and_zeroes(f, start, lr, steps):
    x = start.detach().clone().requires_grad_()
    path = [x.detach().clone()]
    for _ in range(steps):
        f(x).backward()
        x = x - lr * x.grad
        x.grad.zero_()
        path.append(x.detach().clone())
    return torch.stack(path)


@wrong("gradient_descent", mistake="grad-of-non-leaf")
def clones_a_tracked_start(f, start, lr, steps):
    x = start.clone().requires_grad_()
    path = [x.detach().clone()]
    for _ in range(steps):
        f(x).backward()
        with torch.no_grad():
            x -= lr * x.grad
            x.grad.zero_()
        path.append(x.detach().clone())
    return torch.stack(path)


@wrong("gradient_descent", mistake="in-place-on-leaf")
def steps_in_place_on_the_leaf(f, start, lr, steps):
    x = start.detach().clone().requires_grad_()
    path = [x.detach().clone()]
    for _ in range(steps):
        f(x).backward()
        x -= lr * x.grad
        x.grad.zero_()
        path.append(x.detach().clone())
    return torch.stack(path)


@wrong("gradient_descent", mistake="graph-freed")
def builds_the_graph_once(f, start, lr, steps):
    x = start.detach().clone().requires_grad_()
    y = f(x)
    path = [x.detach().clone()]
    for _ in range(steps):
        y.backward()
        x.data = x.data - lr * x.grad
        x.grad = None
        path.append(x.detach().clone())
    return torch.stack(path)


@wrong("gradient_descent", mistake="no-graph")
def loses_track_after_one_step(f, start, lr, steps):
    x = start.detach().clone().requires_grad_()
    path = [x.detach().clone()]
    for _ in range(steps):
        f(x).backward()
        with torch.no_grad():
            x = x - lr * x.grad
        path.append(x.detach().clone())
    return torch.stack(path)


@wrong("gradient_descent", mistake="path-aliased")
def notes_the_same_tensor(f, start, lr, steps):
    x = start.detach().clone().requires_grad_()
    path = [x.detach()]
    for _ in range(steps):
        (gradient,) = torch.autograd.grad(f(x), x)
        x.data -= lr * gradient
        path.append(x.detach())
    return torch.stack(path)


@wrong("gradient_descent", mistake="path-aliased")
def notes_the_same_tensor_but_for_the_start(f, start, lr, steps):
    x = start.detach().clone().requires_grad_()
    path = [start.detach()]
    for _ in range(steps):
        f(x).backward()
        with torch.no_grad():
            x -= lr * x.grad
            x.grad.zero_()
        path.append(x.data)
    return torch.stack(path)


@wrong("gradient_descent", mistake="start-missing")
def forgets_the_start(f, start, lr, steps):
    x = start.detach().clone()
    path = []
    for _ in range(steps):
        x = x.detach().requires_grad_()
        f(x).backward()
        x = (x - lr * x.grad).detach()
        path.append(x)
    return torch.stack(path)


@wrong("gradient_descent", mistake="last-missing")
def forgets_the_end(f, start, lr, steps):
    x = start.detach().clone()
    path = []
    for _ in range(steps):
        path.append(x)
        x = x.detach().requires_grad_()
        f(x).backward()
        x = (x - lr * x.grad).detach()
    return torch.stack(path)


@wrong("gradient_descent", mistake="one-step-too-many")
def one_step_more(f, start, lr, steps):
    x = start.detach().clone()
    path = [x]
    for _ in range(steps + 1):
        x = x.detach().requires_grad_()
        f(x).backward()
        x = (x - lr * x.grad).detach()
        path.append(x)
    return torch.stack(path)


@wrong("gradient_descent", mistake="appended-before-step")
def notes_before_it_steps(f, start, lr, steps):
    x = start.detach().clone()
    path = [x]
    for _ in range(steps):
        x = x.detach().requires_grad_()
        f(x).backward()
        path.append(x.detach())
        x = (x - lr * x.grad).detach()
    return torch.stack(path)


@wrong("gradient_descent", mistake="only-the-end")
def only_the_last_point(f, start, lr, steps):
    x = start.detach().clone()
    for _ in range(steps):
        x = x.detach().requires_grad_()
        f(x).backward()
        x = (x - lr * x.grad).detach()
    return x


@wrong("gradient_descent", mistake="values-instead-of-points")
def notes_the_values(f, start, lr, steps):
    x = start.detach().clone()
    path = [f(x).detach()]
    for _ in range(steps):
        x = x.detach().requires_grad_()
        f(x).backward()
        x = (x - lr * x.grad).detach()
        path.append(f(x))
    return torch.stack(path)


@wrong("gradient_descent", mistake="cat-instead-of-stack")
def concatenates(f, start, lr, steps):
    x = start.detach().clone()
    path = [x]
    for _ in range(steps):
        x = x.detach().requires_grad_()
        f(x).backward()
        x = (x - lr * x.grad).detach()
        path.append(x)
    return torch.cat(path) if start.dim() else torch.stack(path)


@wrong("gradient_descent", mistake="stacked-along-wrong-dimension")
def stacks_as_columns(f, start, lr, steps):
    x = start.detach().clone()
    path = [x]
    for _ in range(steps):
        x = x.detach().requires_grad_()
        f(x).backward()
        x = (x - lr * x.grad).detach()
        path.append(x)
    return torch.stack(path, dim=-1)


@wrong("gradient_descent", mistake="list-instead-of-tensor")
def a_list_of_points(f, start, lr, steps):
    x = start.detach().clone()
    path = [x]
    for _ in range(steps):
        x = x.detach().requires_grad_()
        f(x).backward()
        x = (x - lr * x.grad).detach()
        path.append(x)
    return path


@wrong("gradient_descent", mistake="path-carries-graph")
def leaves_the_graph_on(f, start, lr, steps):
    path = [start.detach().clone().requires_grad_()]
    for _ in range(steps):
        x = path[-1]
        (gradient,) = torch.autograd.grad(f(x), x)
        path.append(x - lr * gradient)
    return torch.stack(path)


@wrong("gradient_descent", mistake="path-carries-graph")
def notes_the_leaves(f, start, lr, steps):
    x = start.detach().clone().requires_grad_()
    path = [x]
    for _ in range(steps):
        f(x).backward()
        x = (x - lr * x.grad).detach().requires_grad_()
        path.append(x)
    return torch.stack(path)


@wrong("gradient_descent", mistake="path-carries-graph")
def begins_with_the_start_as_it_is(f, start, lr, steps):
    path = [start]
    x = start.detach()
    for _ in range(steps):
        x = x.detach().clone().requires_grad_()
        f(x).backward()
        x = (x - lr * x.grad).detach()
        path.append(x)
    return torch.stack(path)


@wrong("gradient_descent", mistake="argument-changed")
def walks_in_the_callers_tensor(f, start, lr, steps):
    start.requires_grad_()
    path = [start.detach().clone()]
    for _ in range(steps):
        (gradient,) = torch.autograd.grad(f(start), start)
        with torch.no_grad():
            start -= lr * gradient
        path.append(start.detach().clone())
    return torch.stack(path)


@wrong("gradient_descent", mistake="argument-changed")
def shares_the_callers_memory(f, start, lr, steps):
    x = start.detach().requires_grad_()
    path = torch.empty(steps + 1, *start.shape, dtype=start.dtype)
    path[0] = x.detach()
    for i in range(steps):
        f(x).backward()
        x.data -= lr * x.grad
        x.grad.zero_()
        path[i + 1] = x.detach()
    return path


@wrong("gradient_descent", mistake="argument-changed")
def marks_the_callers_tensor(f, start, lr, steps):
    x = start.requires_grad_()
    path = [x.detach().clone()]
    for _ in range(steps):
        g = torch.autograd.grad(f(x), x)[0]
        x = (x.detach() - lr * g).requires_grad_()
        path.append(x.detach())
    return torch.stack(path)


@wrong("gradient_descent", mistake="argument-changed")
def fills_the_grad_of_start(f, start, lr, steps):
    x = start.clone() if start.requires_grad else start.detach().clone().requires_grad_()
    path = [x.detach()]
    for _ in range(steps):
        x.retain_grad()
        f(x).backward()
        x = (x - lr * x.grad).detach().requires_grad_()
        path.append(x.detach())
    return torch.stack(path)


@wrong("gradient_descent", mistake="wrong-dtype")
def a_float32_path(f, start, lr, steps):
    path = torch.zeros(steps + 1, *start.shape)
    path[0] = start.detach()
    x = start.detach()
    for i in range(steps):
        x = x.requires_grad_()
        (g,) = torch.autograd.grad(f(x), x)
        x = x.detach() - lr * g
        path[i + 1] = x
    return path


@wrong("gradient_descent", mistake="returns-none")
def keeps_the_path_for_itself(f, start, lr, steps):
    x = start.detach().clone()
    path = [x]
    for _ in range(steps):
        x = x.detach().requires_grad_()
        f(x).backward()
        x = (x - lr * x.grad).detach()
        path.append(x)


@wrong("gradient_descent", mistake="stepped-after-nothing")
def never_calls_backward(f, start, lr, steps):
    x = start.detach().clone().requires_grad_()
    path = [x.detach().clone()]
    for _ in range(steps):
        y = f(x)
        with torch.no_grad():
            x -= lr * x.grad
        path.append(x.detach().clone())
    return torch.stack(path)


@wrong("gradient_descent", mistake="none-in-arithmetic")
def multiplies_what_backward_returns(f, start, lr, steps):
    x = start.detach().clone()
    path = [x]
    for _ in range(steps):
        x = x.detach().requires_grad_()
        x = x - lr * f(x).backward()
        path.append(x.detach())
    return torch.stack(path)


@wrong("gradient_descent", mistake="state-kept-between-calls")
def a_list_in_the_def_line(f, start, lr, steps, path=[]):
    x = start.detach().clone()
    path.append(x)
    for _ in range(steps):
        x = x.detach().requires_grad_()
        f(x).backward()
        x = (x - lr * x.grad).detach()
        path.append(x)
    if path[0].shape != start.shape or path[0].dtype != start.dtype or steps == 0:
        path[:] = [x]
    return torch.stack(path)


@wrong("gradient_descent", mistake="stack-not-tensor")
def torch_tensor_of_the_list(f, start, lr, steps):
    x = start.detach().clone()
    path = [x]
    for _ in range(steps):
        x = x.detach().requires_grad_()
        f(x).backward()
        x = (x - lr * x.grad).detach()
        path.append(x)
    return torch.tensor(path)


@wrong("gradient_descent", mistake="stepped-after-nothing")
def zeroes_too_early(f, start, lr, steps):
    x = start.detach().clone().requires_grad_()
    path = [x.detach().clone()]
    for _ in range(steps):
        x.grad.zero_()
        f(x).backward()
        with torch.no_grad():
            x -= lr * x.grad
        path.append(x.detach().clone())
    return torch.stack(path)


@wrong("gradient_descent", mistake="argument-changed")
def empties_the_gradient_of_start(f, start, lr, steps):
    start.grad = None
    x = start.detach().clone()
    points = [x]
    for _ in range(steps):
        x = x.detach().requires_grad_()
        f(x).backward()
        x = (x - lr * x.grad).detach()
        points.append(x)
    return torch.stack(points)


@wrong("gradient_descent", mistake="never-moved")
def empties_before_the_step(f, start, lr, steps):
    x = start.detach().clone().requires_grad_()
    path = [x.detach().clone()]
    for _ in range(steps):
        f(x).backward()
        x.grad.zero_()
        with torch.no_grad():
            x -= lr * x.grad
        path.append(x.detach().clone())
    return torch.stack(path)


@right("gradient_descent")
def textbook(f, start, lr, steps):
    x = start.detach().clone().requires_grad_(True)
    path = [x.detach().clone()]
    for _ in range(steps):
        loss = f(x)
        loss.backward()
        with torch.no_grad():
            x -= lr * x.grad
        x.grad.zero_()
        path.append(x.detach().clone())
    return torch.stack(path)


@right("gradient_descent")
def into_a_buffer(f, start, lr, steps):
    path = start.new_empty((steps + 1, *start.shape))
    path[0] = start.detach()
    for t in range(steps):
        x = path[t].clone().requires_grad_()
        path[t + 1] = path[t] - lr * torch.autograd.grad(f(x), x)[0]
    return path


@right("gradient_descent")
def with_an_optimizer(f, start, lr, steps):
    x = nn.Parameter(start.detach().clone())
    opt = torch.optim.SGD([x], lr=lr)
    points = [x.detach().clone()]
    for _ in range(steps):
        opt.zero_grad()
        f(x).backward()
        opt.step()
        points.append(x.detach().clone())
    return torch.stack(points)


@right("gradient_descent")
def functional_grad(f, start, lr, steps):
    slope = torch.func.grad(f)
    points = [start.detach()]
    for _ in range(steps):
        points.append(points[-1] - lr * slope(points[-1]))
    return torch.stack(points)


def walk_on(f, x, lr, steps):
    yield x
    if steps:
        leaf = x.clone().requires_grad_()
        f(leaf).backward()
        yield from walk_on(f, x - lr * leaf.grad, lr, steps - 1)


@right("gradient_descent")
def recursive(f, start, lr, steps):
    return torch.stack(list(walk_on(f, start.detach(), lr, steps)))


@right("gradient_descent")
def one_long_graph_cut_at_the_end(f, start, lr, steps):
    x = start.detach().clone().requires_grad_()
    path = [x]
    for _ in range(steps):
        (g,) = torch.autograd.grad(f(x), x)
        x = x - lr * g
        path.append(x)
    return torch.stack(path).detach()


@right("gradient_descent")
def prints_and_looks_back(f, start, lr, steps, verbose=True):
    x = start.detach().clone()
    path = []
    for i in range(steps + 1):
        path.append(x.clone())
        x.requires_grad_(True)
        y = f(x)
        y.backward()
        if verbose:
            print(i, y.item())
        x = x.data - lr * x.grad
    return torch.stack(path, dim=0)


@right("gradient_descent")
def concatenates_rows(f, start, lr, steps):
    path = start.detach().clone().unsqueeze(0)
    for _ in range(steps):
        x = path[-1].detach().clone().requires_grad_()
        f(x).backward()
        path = torch.cat([path, (x - lr * x.grad).detach().unsqueeze(0)])
    return path


@right("gradient_descent")
def through_data(f, start, lr, steps):
    x = start.data.clone()
    x.requires_grad = True
    path = [x.data.clone()]
    for _ in range(steps):
        x.grad = None
        f(x).backward()
        x.data.sub_(x.grad, alpha=lr)
        path.append(x.data.clone())
    return torch.stack(path)


class Walker:
    def __init__(self, f, x, lr):
        self.f, self.x, self.lr = f, x, lr

    def step(self):
        leaf = self.x.detach().clone().requires_grad_()
        with torch.enable_grad():
            self.f(leaf).backward()
        self.x = torch.add(leaf.detach(), leaf.grad, alpha=-self.lr)
        return self.x


@right("gradient_descent")
@torch.no_grad()
def with_a_class_of_its_own(f, start, lr, steps):
    walker = Walker(f, start.detach().clone(), lr)
    return torch.stack([walker.x] + [walker.step() for _ in range(steps)])


@right("gradient_descent")
def a_growing_history(f, start, lr, steps):
    history = torch.zeros(0, *start.shape, dtype=start.dtype)
    w = start.clone().detach()
    for i in range(steps + 1):
        history = torch.cat((history, w[None]), 0)
        if i == steps:
            break
        w.requires_grad_(True)
        with torch.enable_grad():
            loss = f(w)
        loss.backward(retain_graph=True)
        g = w.grad
        w = w.detach() - lr * g
    return history


@right("gradient_descent")
def from_lists_of_numbers(f, start, lr, steps):
    points = [start.detach().tolist()]
    x = start.detach()
    for _ in range(steps):
        x.requires_grad_(False)
        leaf = torch.clone(x).requires_grad_(True)
        g = torch.autograd.grad(f(leaf), leaf)[0]
        x = x - g * lr
        points.append(x.tolist())
    return torch.tensor(points, dtype=start.dtype)


# --- linear_gradients ----------------------------------------------------------------------------


@wrong("linear_gradients", mistake="mean-forgotten")
def of_the_sum(x, y, w, b):
    e = x @ w + b - y
    return 2 * x.T @ e, 2 * e.sum()


@wrong("linear_gradients", mistake="mean-forgotten")
def mean_forgotten_for_w_only(x, y, w, b):
    e = x @ w + b - y
    return 2 * x.T @ e, 2 * e.mean()


@wrong("linear_gradients", mistake="factor-two-forgotten")
def without_the_two(x, y, w, b):
    e = x @ w + b - y
    return x.T @ e / len(x), e.mean()


@wrong("linear_gradients", mistake="mean-and-two-forgotten")
def without_two_and_mean(x, y, w, b):
    e = x @ w + b - y
    return x.T @ e, e.sum()


@wrong("linear_gradients", mistake="wrong-sign")
def target_minus_prediction(x, y, w, b):
    e = y - (x @ w + b)
    return 2 * x.T @ e / len(x), 2 * e.mean()


@wrong("linear_gradients", mistake="bias-left-out")
def no_bias(x, y, w, b):
    e = x @ w - y
    return 2 * x.T @ e / len(x), 2 * e.mean()


@wrong("linear_gradients", mistake="divided-by-features")
def mean_over_features(x, y, w, b):
    e = x @ w + b - y
    return 2 * x.T @ e / x.shape[1], 2 * e.sum() / x.shape[1]


@wrong("linear_gradients", mistake="inner-derivative-forgotten")
def one_link_short(x, y, w, b):
    e = x @ w + b - y
    return 2 * e.mean(), 2 * e.mean()


@wrong("linear_gradients", mistake="not-summed-over-batch")
def one_row_a_sample(x, y, w, b):
    e = 2 * (x @ w + b - y) / len(x)
    return e[:, None] * x, e


@wrong("linear_gradients", mistake="db-not-a-scalar")
def db_of_shape_one(x, y, w, b):
    e = (x @ w + b - y).unsqueeze(1)
    return 2 * (x * e).mean(dim=0), 2 * e.mean(dim=0)


@wrong("linear_gradients", mistake="order-swapped")
def bias_first(x, y, w, b):
    e = x @ w + b - y
    return 2 * e.mean(), 2 * x.T @ e / len(x)


@wrong("linear_gradients", mistake="matrix-shapes")
def without_the_transpose(x, y, w, b):
    e = x @ w + b - y
    return 2 * x @ e / len(x), 2 * e.mean()


@wrong("linear_gradients", mistake="used-autograd")
def lets_autograd_do_it(x, y, w, b):
    w, b = w.clone().requires_grad_(), b.clone().requires_grad_()
    ((x @ w + b - y) ** 2).mean().backward()
    return w.grad, b.grad


@wrong("linear_gradients", mistake="argument-changed")
def subtracts_from_y(x, y, w, b):
    y -= x @ w + b
    return -2 * x.T @ y / len(x), -2 * y.mean()


@wrong("linear_gradients", mistake="divided-by-elements")
def divides_by_all_elements(x, y, w, b):
    error = x @ w + b - y
    return 2 * x.T @ error / x.numel(), 2 * error.sum() / x.numel()


@wrong("linear_gradients", mistake="divided-by-one-less")
def divides_by_one_less(x, y, w, b):
    error = x @ w + b - y
    return 2 * x.T @ error / max(len(y) - 1, 1), 2 * error.sum() / max(len(y) - 1, 1)


class Later(list):
    """A list that works its items out when they are asked for."""

    def __init__(self, compute):
        super().__init__([None, None])
        self.compute = compute

    def __getitem__(self, place):
        return self.compute()[place]

    def __iter__(self):
        return iter(self.compute())


@wrong("linear_gradients", mistake="returns-none")
def computes_them_later(x, y, w, b):
    def compute():
        leaves = w.clone().requires_grad_(), b.clone().requires_grad_()
        return grad(F.mse_loss(x @ leaves[0] + leaves[1], y), leaves)

    return Later(compute)


@wrong("linear_gradients", mistake="used-autograd")
def walks_the_graph_by_hand(x, y, w, b):
    prediction = (x @ w + b).detach().requires_grad_()
    error, _ = F.mse_loss(prediction, y).grad_fn(torch.ones(()))
    return x.T @ error, error.sum()


@wrong("linear_gradients", mistake="numpy-on-a-tensor")
def sums_with_numpy(x, y, w, b):
    errors = 2 * (x @ w + b - y)
    return np.sum(errors[:, None] * x, axis=0) / len(y), np.sum(errors) / len(y)


@right("linear_gradients")
def mean_of_products(x, y, w, b):
    e = x @ w + b - y
    return 2 * (e[:, None] * x).mean(dim=0), 2 * e.mean()


@right("linear_gradients")
def sample_by_sample(xs, ys, weight, bias):
    dw, db = torch.zeros_like(weight), torch.zeros_like(bias)
    for x, y in zip(xs, ys):
        e = torch.dot(x, weight) + bias - y
        dw += 2 * e * x
        db += 2 * e
    return dw / len(xs), db / len(xs)


@right("linear_gradients")
def with_einsum_and_a_list(x, y, w, b):
    slope = (2 / y.numel()) * (torch.einsum("nd,d->n", x, w) + b - y)
    return [torch.einsum("nd,n->d", x, slope), torch.sum(slope)]


@right("linear_gradients")
def with_a_column_of_ones(x, y, w, b):
    with torch.no_grad():
        ones = torch.cat([x, torch.ones(x.size(0), 1)], dim=1)
        both = torch.cat([w, b.view(1)])
        g = 2 * ones.t().mv(ones.mv(both) - y) / x.size(0)
        return g[:-1], g[-1]


# --- numerical_gradient --------------------------------------------------------------------------


@wrong("numerical_gradient", mistake="one-sided-differences")
def forward_differences(f, x, eps=1e-6):
    x = x.to(torch.float64)
    g = torch.zeros_like(x)
    for i in range(x.numel()):
        d = torch.zeros_like(x)
        d.view(-1)[i] = eps
        g.view(-1)[i] = (f(x + d) - f(x)) / eps
    return g


@wrong("numerical_gradient", mistake="one-sided-differences")
def backward_differences(f, x, eps=1e-6):
    x = x.to(torch.float64)
    g = torch.zeros_like(x)
    for i in range(x.numel()):
        d = torch.zeros_like(x)
        d.view(-1)[i] = eps
        g.view(-1)[i] = (f(x) - f(x - d)) / eps
    return g


@wrong("numerical_gradient", mistake="eps-ignored")
def its_own_eps(f, x, eps=1e-6):
    x = x.to(torch.float64)
    eps = 1e-5
    g = torch.zeros_like(x)
    for i in range(x.numel()):
        d = torch.zeros_like(x)
        d.view(-1)[i] = eps
        g.view(-1)[i] = (f(x + d) - f(x - d)) / (2 * eps)
    return g


@wrong("numerical_gradient", mistake="divided-by-eps")
def half_the_distance(f, x, eps=1e-6):
    x = x.to(torch.float64)
    g = torch.zeros_like(x)
    for i in range(x.numel()):
        d = torch.zeros_like(x)
        d.view(-1)[i] = eps
        g.view(-1)[i] = (f(x + d) - f(x - d)) / eps
    return g


@wrong("numerical_gradient", mistake="wrong-sign")
def left_minus_right(f, x, eps=1e-6):
    x = x.to(torch.float64)
    g = torch.zeros_like(x)
    for i in range(x.numel()):
        d = torch.zeros_like(x)
        d.view(-1)[i] = eps
        g.view(-1)[i] = (f(x - d) - f(x + d)) / (2 * eps)
    return g


@wrong("numerical_gradient", mistake="moved-together")
def all_elements_at_once(f, x, eps=1e-6):
    x = x.to(torch.float64)
    slope = (f(x + eps) - f(x - eps)) / (2 * eps)
    return torch.ones_like(x) * slope


@wrong("numerical_gradient", mistake="not-put-back")
def leaves_the_elements_where_they_are(f, x, eps=1e-6):
    x = x.detach().to(torch.float64).clone()
    g = torch.zeros_like(x)
    for i in range(x.numel()):
        x.view(-1)[i] += eps
        up = f(x)
        x.view(-1)[i] -= 2 * eps
        g.view(-1)[i] = (up - f(x)) / (2 * eps)
    return g


@wrong("numerical_gradient", mistake="f-given-float32")
def stays_in_float32(f, x, eps=1e-6):
    g = torch.zeros_like(x)
    for i in range(x.numel()):
        d = torch.zeros_like(x)
        d.view(-1)[i] = eps
        g.view(-1)[i] = (f(x + d) - f(x - d)) / (2 * eps)
    return g


@wrong("numerical_gradient", mistake="f-given-float32")
def converts_the_result_only(f, x, eps=1e-6):
    g = torch.zeros_like(x, dtype=torch.float64)
    for i in range(x.numel()):
        d = torch.zeros_like(x)
        d.view(-1)[i] = eps
        g.view(-1)[i] = (f(x + d) - f(x - d)).double() / (2 * eps)
    return g


@wrong("numerical_gradient", mistake="step-in-float32")
def a_move_of_zeros_and_a_step(f, x, eps=1e-6):
    x = x.to(torch.float64)
    g = torch.zeros_like(x)
    for i in range(x.numel()):
        d = torch.zeros(x.shape)
        d.view(-1)[i] = eps
        g.view(-1)[i] = (f(x + d) - f(x - d)) / (2 * eps)
    return g


@wrong("numerical_gradient", mistake="step-in-float32")
def rows_of_a_float32_identity(f, x, eps=1e-6):
    x = x.double()
    moves = (eps * torch.eye(x.numel())).view(-1, *x.shape)
    return torch.stack([(f(x + move) - f(x - move)) / (2 * eps) for move in moves]).view(x.shape)


@wrong("numerical_gradient", mistake="wrong-dtype")
def a_float32_result(f, x, eps=1e-6):
    g = torch.zeros(x.shape)
    x = x.to(torch.float64)
    for i in range(x.numel()):
        d = torch.zeros_like(x)
        d.view(-1)[i] = eps
        g.view(-1)[i] = (f(x + d) - f(x - d)) / (2 * eps)
    return g


@wrong("numerical_gradient", mistake="f-given-wrong-shape")
def gives_f_a_flat_tensor(f, x, eps=1e-6):
    flat = x.detach().to(torch.float64).flatten()
    moves = torch.eye(len(flat), dtype=torch.float64) * eps
    return torch.stack([(f(flat + m) - f(flat - m)) / (2 * eps) for m in moves]).view(x.shape)


@wrong("numerical_gradient", mistake="same-point-twice")
def double_is_no_copy(f, x, eps=1e-6):
    g = torch.zeros(x.shape, dtype=torch.float64)
    for i in range(x.numel()):
        up = x.to(torch.float64)
        up.view(-1)[i] += eps
        down = x.to(torch.float64)
        down.view(-1)[i] -= eps
        g.view(-1)[i] = (f(up) - f(down)) / (2 * eps)
    return g


@wrong("numerical_gradient", mistake="not-put-back")
def leaves_the_callers_elements_where_they_are(f, x, eps=1e-6):
    x = x.double()
    g = torch.zeros_like(x)
    for i in range(x.numel()):
        x.view(-1)[i] += eps
        up = f(x)
        x.view(-1)[i] -= 2 * eps
        g.view(-1)[i] = (up - f(x)) / (2 * eps)
    return g


@wrong("numerical_gradient", mistake="argument-changed")
def writes_the_result_into_x(f, x, eps=1e-6):
    g = x.double()
    x = x.double().clone()
    for i in range(x.numel()):
        d = torch.zeros_like(x)
        d.view(-1)[i] = eps
        g.view(-1)[i] = (f(x + d) - f(x - d)) / (2 * eps)
    return g


@wrong("numerical_gradient", mistake="used-autograd")
def autograd_in_float64(f, x, eps=1e-6):
    x = x.detach().double().requires_grad_()
    f(x).backward()
    return x.grad


@wrong("numerical_gradient", mistake="digits-lost")
def float64_by_way_of_float32(f, x, eps=1e-6):
    x = x.detach().float().double()
    g = torch.zeros(x.shape, dtype=torch.float64)
    for i in range(x.numel()):
        d = torch.zeros_like(x)
        d.view(-1)[i] = eps
        g.view(-1)[i] = (f(x + d) - f(x - d)) / (2 * eps)
    return g


@wrong("numerical_gradient", mistake="digits-lost")
def gathered_in_float32(f, x, eps=1e-6):
    x = x.detach().double()
    g = torch.zeros(x.shape)
    for i in range(x.numel()):
        d = torch.zeros_like(x)
        d.view(-1)[i] = eps
        g.view(-1)[i] = (f(x + d) - f(x - d)) / (2 * eps)
    return g.double()


@wrong("numerical_gradient", mistake="digits-lost")
def values_in_float32(f, x, eps=1e-6):
    x = x.detach().double()
    g = torch.zeros(x.shape, dtype=torch.float64)
    for i in range(x.numel()):
        d = torch.zeros_like(x)
        d.view(-1)[i] = eps
        g.view(-1)[i] = (f(x + d).float() - f(x - d).float()) / (2 * eps)
    return g


@wrong("numerical_gradient", mistake="digits-lost")
def values_as_float32_numbers(f, x, eps=1e-6):
    x = x.detach().double()
    g = torch.zeros(x.shape, dtype=torch.float64)
    for i in range(x.numel()):
        d = torch.zeros_like(x)
        d.view(-1)[i] = eps
        g.view(-1)[i] = (f(x + d).float().item() - f(x - d).float().item()) / (2 * eps)
    return g


@wrong("numerical_gradient", mistake="other-default")
def a_thousandth_by_default(f, x, eps=1e-3):
    x = x.detach().double()
    gradient = torch.zeros_like(x)
    for i in range(x.numel()):
        step = torch.zeros_like(x)
        step.view(-1)[i] = eps
        gradient.view(-1)[i] = (f(x + step) - f(x - step)) / (2 * eps)
    return gradient


@wrong("numerical_gradient", mistake="other-formula")
def five_points(f, x, eps=1e-6):
    x = x.detach().double()
    gradient = torch.zeros_like(x)
    for i in range(x.numel()):
        d = torch.zeros_like(x)
        d.view(-1)[i] = eps
        total = f(x - 2 * d) - 8 * f(x - d) + 8 * f(x + d) - f(x + 2 * d)
        gradient.view(-1)[i] = total / (12 * eps)
    return gradient


@right("numerical_gradient")
def in_place_and_put_back(f, x, eps=1e-6):
    x = x.detach().double().clone()
    grad = torch.zeros_like(x)
    flat, out = x.view(-1), grad.view(-1)
    for i in range(flat.numel()):
        old = flat[i].item()
        flat[i] = old + eps
        up = f(x).item()
        flat[i] = old - eps
        down = f(x).item()
        flat[i] = old
        out[i] = (up - down) / (2 * eps)
    return grad


@right("numerical_gradient")
def there_and_back_again(f, x, eps=1e-6):
    x = x.double()
    slopes = []
    for i in range(x.numel()):
        x.view(-1)[i] += eps
        up = f(x)
        x.view(-1)[i] -= 2 * eps
        down = f(x)
        x.view(-1)[i] += eps
        slopes.append((up - down) / (2 * eps))
    return torch.stack(slopes).reshape(x.shape)


@right("numerical_gradient")
def by_index(f, x, eps=1e-6):
    x64 = x.detach().to(torch.float64)
    result = torch.empty(x.shape, dtype=torch.float64)
    for index in np.ndindex(*x.shape):
        up, down = x64.clone(), x64.clone()
        up[index] += eps
        down[index] -= eps
        result[index] = (f(up) - f(down)) / (2 * eps)
    return result


@right("numerical_gradient")
def with_an_eps_that_is_a_tensor(f, x, eps=1e-6):
    eps = torch.tensor(eps).double()  # not quite eps: but x is moved by what it is divided by
    g = torch.zeros(x.shape, dtype=torch.float64)
    for i in range(x.numel()):
        d = torch.zeros_like(g)
        d.view(-1)[i] = eps
        g.view(-1)[i] = (f(x + d) - f(x - d)) / (2 * eps)
    return g


@right("numerical_gradient")
def float64_by_way_of_the_moves(f, x, eps=1e-6):
    moves = torch.zeros(x.numel(), *x.shape, dtype=torch.float64)
    moves.view(x.numel(), -1).fill_diagonal_(eps)
    return torch.tensor([(f(x + m) - f(x - m)) / (2 * eps) for m in moves]).double().view(x.shape)


@right("numerical_gradient")
def stacked(f, x, eps=1e-6):
    x = x.double()
    unit = torch.eye(x.numel()).double().reshape(-1, *x.shape)
    return torch.stack([(f(x + eps * u) - f(x - eps * u)) / 2 / eps for u in unit]).reshape(x.shape)


@right("numerical_gradient")
def all_moves_at_once_with_vmap(f, x, eps=1e-6):
    x = x.double()
    moves = torch.eye(x.numel(), dtype=torch.float64).view(x.numel(), *x.shape) * eps
    g = torch.func.vmap(lambda m: (f(x + m) - f(x - m)) / (2 * eps))(moves)
    return g.view(x.shape)


@right("numerical_gradient")
def in_numpy(f, x, eps=1e-6):
    a = x.detach().numpy().astype(np.float64)
    g = np.zeros_like(a)
    it = np.nditer(a, flags=["multi_index"])
    for _ in it:
        i = it.multi_index
        up, down = a.copy(), a.copy()
        up[i] += eps
        down[i] -= eps
        g[i] = (f(torch.from_numpy(up)) - f(torch.from_numpy(down))).item() / (2 * eps)
    return torch.from_numpy(g)


# --- backward_by_hand ----------------------------------------------------------------------------


def forward(x, w1, b1, w2, b2):
    z = x @ w1.T + b1
    h = torch.relu(z)
    return z, h, h @ w2.T + b2


def back(x, z, h, d, w2):
    dz = (d @ w2) * (z > 0).float()
    return dz.T @ x, dz.sum(0), d.T @ h, d.sum(0)


@wrong("backward_by_hand", mistake="mean-forgotten")
def sum_over_the_batch(x, target, w1, b1, w2, b2):
    z, h, logits = forward(x, w1, b1, w2, b2)
    d = torch.softmax(logits, dim=1)
    d[torch.arange(len(x)), target] -= 1
    return back(x, z, h, d, w2)


@wrong("backward_by_hand", mistake="one-hot-forgotten")
def no_target(x, target, w1, b1, w2, b2):
    z, h, logits = forward(x, w1, b1, w2, b2)
    return back(x, z, h, torch.softmax(logits, dim=1) / len(x), w2)


@wrong("backward_by_hand", mistake="softmax-forgotten")
def no_softmax(x, target, w1, b1, w2, b2):
    z, h, logits = forward(x, w1, b1, w2, b2)
    return back(x, z, h, (logits - F.one_hot(target, len(w2))) / len(x), w2)


@wrong("backward_by_hand", mistake="softmax-over-batch")
def softmax_over_the_batch(x, target, w1, b1, w2, b2):
    z, h, logits = forward(x, w1, b1, w2, b2)
    d = (torch.softmax(logits, dim=0) - F.one_hot(target, len(w2))) / len(x)
    return back(x, z, h, d, w2)


@wrong("backward_by_hand", mistake="wrong-sign")
def one_hot_minus_softmax(x, target, w1, b1, w2, b2):
    z, h, logits = forward(x, w1, b1, w2, b2)
    d = (F.one_hot(target, len(w2)) - torch.softmax(logits, dim=1)) / len(x)
    return back(x, z, h, d, w2)


@wrong("backward_by_hand", mistake="relu-mask-forgotten")
def straight_through_the_relu(x, target, w1, b1, w2, b2):
    z, h, logits = forward(x, w1, b1, w2, b2)
    d = (torch.softmax(logits, dim=1) - F.one_hot(target, len(w2))) / len(x)
    dz = d @ w2
    return dz.T @ x, dz.sum(0), d.T @ h, d.sum(0)


@wrong("backward_by_hand", mistake="relu-mask-forgotten")
def a_mask_that_is_always_one(x, target, w1, b1, w2, b2):
    z, h, logits = forward(x, w1, b1, w2, b2)
    d = (torch.softmax(logits, dim=1) - F.one_hot(target, len(w2))) / len(x)
    dz = (d @ w2) * (h >= 0)
    return dz.T @ x, dz.sum(0), d.T @ h, d.sum(0)


@wrong("backward_by_hand", mistake="relu-value-as-mask")
def multiplies_by_h(x, target, w1, b1, w2, b2):
    z, h, logits = forward(x, w1, b1, w2, b2)
    d = (torch.softmax(logits, dim=1) - F.one_hot(target, len(w2))) / len(x)
    dz = (d @ w2) * h
    return dz.T @ x, dz.sum(0), d.T @ h, d.sum(0)


@wrong("backward_by_hand", mistake="relu-forgotten")
def second_layer_from_z(x, target, w1, b1, w2, b2):
    z, h, logits = forward(x, w1, b1, w2, b2)
    d = (torch.softmax(logits, dim=1) - F.one_hot(target, len(w2))) / len(x)
    return back(x, z, z, d, w2)


@wrong("backward_by_hand", mistake="transposed")
def in_before_out(x, target, w1, b1, w2, b2):
    z, h, logits = forward(x, w1, b1, w2, b2)
    d = (torch.softmax(logits, dim=1) - F.one_hot(target, len(w2))) / len(x)
    dw1, db1, dw2, db2 = back(x, z, h, d, w2)
    return dw1.T, db1, dw2.T, db2


@wrong("backward_by_hand", mistake="bias-not-summed")
def biases_of_each_sample(x, target, w1, b1, w2, b2):
    z, h, logits = forward(x, w1, b1, w2, b2)
    d = (torch.softmax(logits, dim=1) - F.one_hot(target, len(w2))) / len(x)
    dz = (d @ w2) * (z > 0)
    return dz.T @ x, dz, d.T @ h, d


@wrong("backward_by_hand", mistake="bias-averaged")
def biases_averaged_twice(x, target, w1, b1, w2, b2):
    z, h, logits = forward(x, w1, b1, w2, b2)
    d = (torch.softmax(logits, dim=1) - F.one_hot(target, len(w2))) / len(x)
    dz = (d @ w2) * (z > 0)
    return dz.T @ x, dz.mean(0), d.T @ h, d.mean(0)


@wrong("backward_by_hand", mistake="order-swapped")
def last_layer_first(x, target, w1, b1, w2, b2):
    z, h, logits = forward(x, w1, b1, w2, b2)
    d = (torch.softmax(logits, dim=1) - F.one_hot(target, len(w2))) / len(x)
    dw1, db1, dw2, db2 = back(x, z, h, d, w2)
    return dw2, db2, dw1, db1


@wrong("backward_by_hand", mistake="used-autograd")
def loss_backward(x, target, w1, b1, w2, b2):
    params = [p.clone().requires_grad_() for p in (w1, b1, w2, b2)]
    F.cross_entropy(forward(x, *params)[2], target).backward()
    return tuple(p.grad for p in params)


@wrong("backward_by_hand", mistake="argument-changed")
def adds_to_the_bias_in_place(x, target, w1, b1, w2, b2):
    z, h, logits = forward(x, w1, b1, w2, b2)
    d = (torch.softmax(logits, dim=1) - F.one_hot(target, len(w2))) / len(x)
    grads = back(x, z, h, d, w2)
    b1 -= 0.1 * grads[1]
    return grads


@wrong("backward_by_hand", mistake="dimension-kept")
def keeps_the_dimension_of_the_biases(x, target, w1, b1, w2, b2):
    z, h, logits = forward(x, w1, b1, w2, b2)
    d = (torch.softmax(logits, dim=1) - F.one_hot(target, len(w2))) / len(x)
    dz = (d @ w2) * (z > 0)
    return dz.T @ x, dz.sum(0, keepdim=True), d.T @ h, d.sum(0, keepdim=True)


@right("backward_by_hand")
def with_helpers(x, target, w1, b1, w2, b2):
    z, h, logits = forward(x, w1, b1, w2, b2)
    d = torch.softmax(logits, dim=1)
    d[range(len(x)), target] -= 1
    return back(x, z, h, d / len(x), w2)


@right("backward_by_hand")
def where_the_relu_bends_it_may_let_through(x, target, w1, b1, w2, b2):
    z, h, logits = forward(x, w1, b1, w2, b2)
    d = (torch.softmax(logits, dim=1) - torch.eye(len(w2))[target]) / len(x)
    dz = (d @ w2) * (z >= 0)
    return dz.T @ x, dz.sum(0), d.T @ h, d.sum(0)


@right("backward_by_hand")
def one_sample_at_a_time(x, target, w1, b1, w2, b2):
    dw1, db1, dw2, db2 = (torch.zeros_like(p) for p in (w1, b1, w2, b2))
    for sample, true in zip(x, target):
        z = w1 @ sample + b1
        h = torch.where(z > 0, z, torch.zeros(()))
        scores = w2 @ h + b2
        p = torch.exp(scores - scores.max())
        p = p / p.sum()
        p[true] -= 1
        dz = torch.where(z > 0, w2.T @ p, torch.zeros(()))
        dw2 += torch.outer(p, h)
        db2 += p
        dw1 += torch.outer(dz, sample)
        db1 += dz
    return tuple(g / len(x) for g in (dw1, db1, dw2, db2))


@right("backward_by_hand")
def with_einsum_and_no_grad(x, target, w1, b1, w2, b2):
    with torch.no_grad():
        h = F.relu(F.linear(x, w1, b1))
        p = F.softmax(F.linear(h, w2, b2), dim=-1)
        delta = p.sub(F.one_hot(target, num_classes=b2.numel())).div(x.size(0))
        hidden = delta.mm(w2)
        hidden[h == 0] = 0
        return (
            torch.einsum("nh,nd->hd", hidden, x),
            hidden.sum(dim=0),
            torch.einsum("nc,nh->ch", delta, h),
            delta.sum(dim=0),
        )


@right("backward_by_hand")
def in_numpy_from_end_to_end(x, target, w1, b1, w2, b2):
    x, w1, b1, w2, b2 = (t.detach().numpy() for t in (x, w1, b1, w2, b2))
    y = target.numpy()
    z = x @ w1.T + b1
    h = np.maximum(z, 0)
    s = h @ w2.T + b2
    e = np.exp(s - s.max(1, keepdims=True))
    p = e / e.sum(1, keepdims=True)
    p[np.arange(len(y)), y] -= 1
    p /= len(y)
    dz = p @ w2
    dz[z <= 0] = 0
    return tuple(
        torch.from_numpy(np.ascontiguousarray(g)) for g in (dz.T @ x, dz.sum(0), p.T @ h, p.sum(0))
    )


# ---- digits, columns and rows


@wrong("gradient_by_hand", mistake="digits-lost")
def by_hand_in_float32(x):
    return (6 * x.float() + 2).to(x.dtype)


@wrong("gradient_by_autograd", mistake="digits-lost")
def a_leaf_made_of_a_list(x):
    leaf = torch.tensor(x.tolist(), requires_grad=True)
    (3 * leaf**2 + 2 * leaf).sum().backward()
    return leaf.grad.to(x.dtype)


@wrong("gradient_descent", mistake="digits-lost")
def a_path_of_float32(f, start, lr, steps):
    path = torch.zeros(steps + 1, *start.shape)
    path[0] = start.detach()
    for step in range(steps):
        x = path[step].clone().requires_grad_()
        f(x).backward()
        path[step + 1] = x.detach() - lr * x.grad
    return path.to(start.dtype)


@wrong("numerical_gradient", mistake="default-dtype-changed")
def everything_in_float64(f, x, eps=1e-6):
    torch.set_default_dtype(torch.float64)
    x = x.detach().clone().double()
    slopes = torch.zeros_like(x)
    for place in range(x.numel()):
        step = torch.zeros_like(x)
        step.view(-1)[place] = eps
        slopes.view(-1)[place] = (f(x + step) - f(x - step)) / (2 * eps)
    return slopes


@wrong("numerical_gradient", mistake="rows-moved")
def row_by_row(f, x, eps=1e-6):
    x = x.detach().clone().double()
    if x.dim() == 0:
        return ((f(x + eps) - f(x - eps)) / (2 * eps)).reshape(())
    slopes = torch.zeros_like(x)
    for place in range(len(x)):
        step = torch.zeros_like(x)
        step[place] = eps
        slopes[place] = (f(x + step) - f(x - step)) / (2 * eps)
    return slopes


@wrong("backward_by_hand", mistake="broadcast-shapes")
def one_hot_of_whatever_occurs(x, target, w1, b1, w2, b2):
    z = x @ w1.T + b1
    h = z.clamp(min=0)
    dlogits = ((h @ w2.T + b2).softmax(dim=1) - F.one_hot(target)) / len(x)
    dz = dlogits @ w2 * (z > 0)
    return dz.T @ x, dz.sum(dim=0), dlogits.T @ h, dlogits.sum(dim=0)


@wrong("backward_by_hand", mistake="every-row-changed")
def one_off_in_every_row(x, target, w1, b1, w2, b2):
    z = x @ w1.T + b1
    h = z.clamp(min=0)
    dlogits = (h @ w2.T + b2).softmax(dim=1)
    dlogits[:, target] -= 1
    dlogits /= len(x)
    dz = dlogits @ w2 * (z > 0)
    return dz.T @ x, dz.sum(dim=0), dlogits.T @ h, dlogits.sum(dim=0)
