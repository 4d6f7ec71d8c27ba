"""Updates of a model as CUDA graphs: recorded once for each width of batch, then replayed with a single launch."""

from contextlib import contextmanager

import torch

from beyondtext.training.state import random_state, set_random_state

WARM_UP_UPDATES = 3  # before the first capture, so that libraries have set themselves up and autograd its buffers


class GraphedUpdate:
    """An update of a model, captured for batches of several widths.

    All graphs share one pool of memory. That is safe because one is replayed at a time and none reads what another
    left there: weights, moments of the optimizer, batches and losses are outside the pool or kept alive in it.

    Parameters
    ----------
    update : callable
        ``update(batch)`` updates the model by a batch and returns the loss, all without waiting for the device.
    model : torch.nn.Module
    optimizer : torch.optim.Optimizer
        With ``capturable=True`` on a GPU. From here on its learning rate is a tensor, since a graph repeats numbers.
    batches : list of beyondtext.training.step.Batch
        One of each width, the widest first: the others then fit into the memory that it needed.
    capture : callable
        ``capture(update, batch)`` returns ``(replay, loss)``: a function that repeats ``update(batch)`` with what is
        then in the batch's tensors, and the tensor that receives the loss.
    """

    def __init__(self, update, model, optimizer, batches, capture):
        device = batches[0].ids.device
        self._rate = torch.zeros((), device=device)
        for group in optimizer.param_groups:
            group["lr"] = self._rate
        with undone(model, optimizer, device), side_stream(device):
            for _ in range(WARM_UP_UPDATES):
                update(batches[0])
        self._captured = {batch.width: (batch, *capture(update, batch)) for batch in batches}

    def __call__(self, batch, rate):
        """Update the model by a batch with the learning rate ``rate``; return the loss, until the next call."""
        static, replay, loss = self._captured[batch.width]
        static.copy_(batch)
        self._rate.fill_(rate)
        replay()
        return loss


def cuda_graph_capture(device):
    """Build a ``capture`` for `GraphedUpdate` that records CUDA graphs on a device, in one pool of memory."""
    pool, stream = torch.cuda.graph_pool_handle(), torch.cuda.Stream(device)

    def capture(update, batch):
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, pool=pool, stream=stream):
            loss = update(batch)
        return graph.replay, loss

    return capture


@contextmanager
def undone(model, optimizer, device):
    """Undo, on exit, what the body did to a model's weights, to the state of an optimizer and to random numbers.

    All tensors keep their addresses, which captured graphs refer to.
    """
    weights = [parameter.detach().clone() for parameter in model.parameters()]
    moments = {
        parameter: {name: value.clone() for name, value in values.items()}
        for parameter, values in optimizer.state.items()
    }
    random = random_state(device)
    try:
        yield
    finally:
        with torch.no_grad():
            for parameter, before in zip(model.parameters(), weights, strict=True):
                parameter.copy_(before)
            for parameter, values in optimizer.state.items():
                for name, value in values.items():
                    if parameter in moments:
                        value.copy_(moments[parameter][name])
                    else:
                        value.zero_()  # as before the optimizer's first step
        set_random_state(random, device)


@contextmanager
def side_stream(device):
    """Execute the body on a stream of its own, as what precedes a capture must be; on a processor, do nothing."""
    if device.type != "cuda":
        yield
        return
    stream, current = torch.cuda.Stream(device), torch.cuda.current_stream(device)
    stream.wait_stream(current)
    with torch.cuda.stream(stream):
        yield
    current.wait_stream(stream)
