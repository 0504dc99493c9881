"""What a warm process has imported before the first test: everything slow, and nothing computed.

A process that has computed, with threads or backward(), cannot be forked safely; importing only is
safe. The first optimizer imports torch._dynamo, 0.8 s: it comes along. Freezing keeps the garbage
collector of every child from walking, and so copying, what was imported.
"""

import gc
import os

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MPLBACKEND="module://kata.backend")

import matplotlib.pyplot
import pytest
import pytest_timeout
import torch
import torch._dynamo
import torch.testing

import kata.attempts
import kata.cli
import kata.plugin

LOADED = (matplotlib.pyplot, pytest, pytest_timeout, torch, kata.attempts, kata.cli, kata.plugin)

gc.collect()
gc.freeze()
