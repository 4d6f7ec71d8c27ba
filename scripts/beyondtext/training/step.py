"""One optimizer step: what it does to a model, and how it is executed."""

import sys
from dataclasses import dataclass

import torch

from beyondtext.models.batches import collate, fill_up, round_up, to_device
from beyondtext.models.device import says_memory_is_full
from beyondtext.models.loading import positions
from beyondtext.training.graphs import GraphedUpdate, cuda_graph_capture


@dataclass(frozen=True)
class Batch:
    """Training sequences as tensors on a device.

    Attributes
    ----------
    ids, mask : torch.Tensor of int64, shape (batch, tokens)
        See `beyondtext.models.batches.collate`.
    targets : torch.Tensor, shape (batch,)
        Encoded by the task's target.
    weights : torch.Tensor of float32, shape (batch,)
        Of each sequence's loss in the mean.
    """

    ids: torch.Tensor
    mask: torch.Tensor
    targets: torch.Tensor
    weights: torch.Tensor

    @property
    def width(self):
        """Tokens in each sequence, padding included."""
        return self.ids.shape[1]

    def copy_(self, other):
        """Overwrite the tensors with those of another batch of the same shape."""
        for name, tensor in vars(other).items():
            getattr(self, name).copy_(tensor, non_blocking=True)


class TrainingSplit:
    """The training split, batch by batch.

    Parameters
    ----------
    setup : beyondtext.training.setup.Setup
    batch_size : int
    device : torch.device
    few_shapes : bool
        Whether to give all batches the same number of rows and one of a few widths, as graphs require. Otherwise a
        batch has its own rows, padded to the longest of them.
    """

    def __init__(self, setup, batch_size, device, few_shapes):
        self._sequences, self._pad = setup.data["train"].sequences, setup.pad
        self._targets = setup.target.encode(setup.data["train"].values)
        self._longest = positions(setup.model.encoder.config)
        self._batch_size, self._device, self._few_shapes = batch_size, device, few_shapes

    def batch(self, rows):
        """The `Batch` of the sequences with the indices ``rows``, an array of shape (n,)."""
        width = self.width(rows)
        rows, weights = fill_up(rows, self._batch_size if self._few_shapes else len(rows))
        ids, mask = collate([self._sequences[row] for row in rows], self._pad, self._device, width)
        return Batch(ids, mask, to_device(self._targets[rows], self._device), to_device(weights, self._device))

    def width(self, rows):
        """The number of tokens to which the sequences with the indices ``rows`` are padded."""
        longest = max(len(self._sequences[row]) for row in rows)
        return round_up(longest, self._longest) if self._few_shapes else longest

    def one_of_each_width(self, batches):
        """A `Batch` for each width that occurs among some batches of indices, the widest first."""
        rows_by_width = {self.width(rows): rows for rows in batches}
        return [self.batch(rows_by_width[width]) for width in sorted(rows_by_width, reverse=True)]


def make_step(setup, settings, compute, optimizer, batches):
    """Build the function that makes one optimizer step.

    On a GPU, the step is captured as a CUDA graph and replayed, since launching its hundreds of small kernels one by
    one takes the processor longer than the GPU needs to execute them.

    Parameters
    ----------
    setup, settings, compute
        As for `beyondtext.training.loop.train`.
    optimizer : torch.optim.Optimizer
        Its state, like that of the model, is as it was before when this function returns.
    batches : list of numpy.ndarray of int64
        The indices of the training sequences of all steps to come, which decide the shapes to capture.

    Returns
    -------
    callable
        ``step(rows, rate)`` trains on the training sequences with the indices ``rows`` at the learning rate ``rate``
        and returns their mean loss before the update, a tensor of shape () on the device. The next step overwrites it.
    """
    on_gpu = compute.device.type == "cuda"
    split = TrainingSplit(setup, settings.batch_size, compute.device, few_shapes=on_gpu)
    update = make_update(setup, settings, compute, optimizer)
    if on_gpu and batches:
        try:
            one_of_each = split.one_of_each_width(batches)
            graphed = GraphedUpdate(update, setup.model, optimizer, one_of_each, cuda_graph_capture(compute.device))
            return lambda rows, rate: graphed(split.batch(rows), rate)
        except RuntimeError as error:
            if says_memory_is_full(error):
                raise
            optimizer.zero_grad()  # of tensors that were never computed
            reason = str(error).splitlines()[0]
            print(f"a step could not be captured as a CUDA graph, so steps are slower ({reason})", file=sys.stderr)

    def step(rows, rate):
        for group in optimizer.param_groups:
            group["lr"] = rate
        return update(split.batch(rows))

    return step


def make_update(setup, settings, compute, optimizer):
    """Build the function ``update(batch)``, which updates a model by one `Batch` and returns its mean loss."""
    model, target = setup.model, setup.target

    def update(batch):
        with compute.autocast():
            losses = target.losses(model(batch.ids, batch.mask), batch.targets)
        loss = (losses * batch.weights).sum() / batch.weights.sum()
        loss.backward()
        if settings.clip_norm is not None:
            torch.nn.utils.clip_grad_norm_(model.parameters(), settings.clip_norm)
        optimizer.step()
        optimizer.zero_grad()
        return loss.detach()

    return update
