"""Writes masks in every kind of file that tacet reads, with h5py, numpy and
scipy, and a list of them: file, dataset, layout, tensor, sizes, expected bits,
polarity, threshold, separated by tabs. "-" stands for none.

usage: write_sources.py DIRECTORY SEED
"""

import itertools
import json
import struct
import sys

import h5py
import numpy as np
import scipy.io
import scipy.sparse

folder, seed = sys.argv[1], int(sys.argv[2])
random = np.random.default_rng(seed)
lines = []


def path(name):
    return f"{folder}/{name}"


# ---- tensors ---------------------------------------------------------------

RANKS = {"conv": "GKCRS", "matrix": "GKCRS", "square": "GKCRS", "grouped": "GKCRS"}
SIZES = {
    "conv": (1, 7, 5, 3, 2),
    "matrix": (1, 19, 23, 1, 1),
    "square": (1, 12, 12, 1, 1),
    "grouped": (4, 2, 3, 3, 3),
}
KEPT = {}
for name, sizes in SIZES.items():
    KEPT[name] = random.random(sizes) < 0.3
    KEPT[name].tofile(path(f"{name}.expected"))
triangle = np.triu(KEPT["square"].reshape(12, 12), 1)
KEPT["even"] = (triangle | triangle.T).reshape(SIZES["square"])
RANKS["even"], SIZES["even"] = RANKS["square"], SIZES["square"]
KEPT["even"].tofile(path("even.expected"))
diagonal = np.diag(random.random(12) < 0.5).reshape(SIZES["square"])
KEPT["full"] = KEPT["even"] | diagonal
RANKS["full"], SIZES["full"] = RANKS["square"], SIZES["square"]
KEPT["full"].tofile(path("full.expected"))


def note(file, dataset, layout, tensor, polarity="kept", threshold=0.0):
    sizes = ",".join(str(size) for size in SIZES[tensor])
    fields = [file, dataset or "-", layout or "-", RANKS[tensor], sizes]
    fields += [f"{tensor}.expected", polarity, str(threshold)]
    lines.append("\t".join(fields))


def axes(layout):
    """K(CRS) -> ["K", "CRS"]"""
    result, inside = [], None
    for letter in layout:
        if letter == "(":
            inside = ""
        elif letter == ")":
            result.append(inside)
            inside = None
        elif inside is not None:
            inside += letter
        else:
            result.append("" if letter == "1" else letter)
    return result


def arrange(tensor, layout, array=None):
    """The tensor's array as a file with this layout has it."""
    array = KEPT[tensor] if array is None else array
    letters = "".join(axes(layout))
    missing = [r for r in RANKS[tensor] if r not in letters]
    order = [RANKS[tensor].index(r) for r in letters + "".join(missing)]
    size = dict(zip(RANKS[tensor], SIZES[tensor]))
    shape = [int(np.prod([size[r] for r in axis], dtype=int)) for axis in axes(layout)]
    return np.ascontiguousarray(array.transpose(order)).reshape(shape)


def values(kept, kind):
    """Numbers of a type, zero (of either sign) where not kept."""
    kind = np.dtype(kind)
    if kind.kind == "b":
        return kept.astype(kind)
    if kind.kind == "f":
        numbers = random.standard_normal(kept.shape)
        numbers = np.where(np.abs(numbers) < 0.01, 0.01, numbers)
        numbers.flat[:: 7] = np.nan
        numbers = np.where(kept, numbers, random.choice([0.0, -0.0], kept.shape))
        return numbers.astype(kind)
    low = -100 if kind.kind == "i" else 1
    numbers = random.integers(low, 100, kept.shape)
    return np.where(kept, np.where(numbers == 0, 1, numbers), 0).astype(kind)


TYPES = [o + t for t in "u1 i1 u2 i2 u4 i4 u8 i8 f2 f4 f8".split() for o in "<>"]
TYPES.append("bool")
LAYOUTS = ["KCRS", "RSCK", "KRSC", "K(CRS)", "(RSC)K", "(SK)(RC)", "1KCRS", "GSRKC"]


# ---- HDF5 ------------------------------------------------------------------

STORAGE = {
    "contiguous": {},
    "chunked": {"chunks": "odd"},
    "gzip": {"chunks": "odd", "compression": "gzip", "compression_opts": 4},
    "filters": {
        "chunks": True,
        "compression": "gzip",
        "shuffle": True,
        "fletcher32": True,
    },
}


def dense(group, name, array, storage):
    options = dict(STORAGE[storage])
    if options.get("chunks") == "odd":
        options["chunks"] = tuple(max(1, size * 2 // 3) for size in array.shape)
    return group.create_dataset(name, data=array, **options)


for version in ("earliest", "latest"):
    file = f"dense-{version}.h5"
    with h5py.File(path(file), "w", libver=version) as f:
        for kind, layout, storage in itertools.product(TYPES, LAYOUTS, STORAGE):
            name = f"a/{kind}/{layout}/{storage}"
            dense(f, name, values(arrange("conv", layout), kind), storage)
            note(file, name, layout, "conv")
        for layout in ("KC", "CK"):
            name = f"found/{layout}"
            dense(f, name, values(arrange("matrix", layout), "f4"), "gzip")
            note(file, name, None, "matrix")
        pruned = ~arrange("conv", "RSCK")
        dense(f, "pruned", pruned, "contiguous")
        note(file, "pruned", "RSCK", "conv", "pruned")
        small = values(arrange("conv", "KCRS"), "f4")
        small = np.where(np.isnan(small), 1, small)
        small = np.where(arrange("conv", "KCRS"), small, 1e-6)
        dense(f, "small", small, "contiguous")
        note(file, "small", "KCRS", "conv", threshold=1e-4)

with h5py.File(path("bits.h5"), "w") as f:
    for order, layout, storage in itertools.product(
        ("little", "big"), LAYOUTS, ("contiguous", "gzip")
    ):
        array = arrange("conv", layout)
        name = f"{order}/{layout}/{storage}"
        d = dense(f, name, np.packbits(array, bitorder=order), storage)
        d.attrs.update(format="tacet-bits-1", shape=array.shape, bitorder=order)
        d.attrs["layout"] = layout if order == "big" else np.bytes_(layout)
        note("bits.h5", name, None, "conv")
        note("bits.h5", name, layout, "conv")


# ---- sparse matrices -------------------------------------------------------

MATRIX = arrange("matrix", "KC")


def coordinates(kept, kind, stray=True):
    """Rows, columns and values, in no order, with zeros stored too."""
    row, column = np.nonzero(kept)
    value = values(np.ones(len(row), bool), kind)
    if stray:
        zeros = np.argwhere(~kept)[::9]
        row = np.concatenate([row, zeros[:, 0]])
        column = np.concatenate([column, zeros[:, 1]])
        value = np.concatenate([value, np.zeros(len(zeros), value.dtype)])
    order = random.permutation(len(row))
    return row[order], column[order], value[order]


with h5py.File(path("anndata.h5"), "w") as f:
    for form, kind, index, options in itertools.product(
        ("csr", "csc"), ("f4", "f8", "i8", "u1"), ("i4", "i8", "u2"), ({}, STORAGE["filters"])
    ):
        row, column, value = coordinates(MATRIX, kind)
        major, minor = (row, column) if form == "csr" else (column, row)
        order = np.argsort(major, kind="stable")
        counts = np.bincount(major, minlength=MATRIX.shape[form == "csc"])
        name = f"{form}-{kind}-{index}-{len(options)}"
        g = f.create_group(name)
        g.create_dataset("data", data=value[order], **options)
        g.create_dataset("indices", data=minor[order].astype(index), **options)
        pointers = np.concatenate([[0], np.cumsum(counts)])
        g.create_dataset("indptr", data=pointers.astype(index), **options)
        if index == "u2":
            g.attrs["h5sparse_format"] = form
            g.attrs["h5sparse_shape"] = MATRIX.shape
        else:
            g.attrs["encoding-type"] = f"{form}_matrix"
            g.attrs["encoding-version"] = "0.1.0"
            g.attrs["shape"] = MATRIX.shape
        note("anndata.h5", name, None, "matrix")
        note("anndata.h5", name, "KC", "matrix")


def binsparse(group, form, kept, kind, iso=False, structure=None):
    stored = np.tril(kept) if structure else kept
    row, column, value = coordinates(stored, kind, stray=not iso)
    by_columns = form.endswith("C")
    major, minor = (column, row) if by_columns else (row, column)
    order = np.argsort(major, kind="stable")
    major, minor, value = major[order], minor[order], value[order]
    sizes = kept.shape[::-1] if by_columns else kept.shape
    places, counts = np.unique(major, return_counts=True)
    if form.startswith("DMAT"):
        value = values(kept.T if by_columns else kept, kind).ravel()
    elif form.startswith("COO"):
        group["indices_0"], group["indices_1"] = major, minor
    else:
        if form.startswith("DC"):
            group["indices_0"] = places
        else:
            counts = np.bincount(major, minlength=sizes[0])
        group["pointers_to_1"] = np.concatenate([[0], np.cumsum(counts)])
        group["indices_1"] = minor
    group["values"] = value[:1] if iso else value
    name = {"f4": "float32", "f8": "float64", "u1": "uint8", "i1": "bint8"}[kind]
    head = {
        "version": "0.1",
        "format": form,
        "shape": list(kept.shape),
        "number_of_stored_values": len(value),
        "data_types": {"values": f"iso[{name}]" if iso else name},
    }
    if structure:
        head["structure"] = structure
    return json.dumps({"binsparse": head, "made by": "a test"})


with h5py.File(path("binsparse.h5"), "w") as f:
    for form, kind, iso in itertools.product(
        "CSR CSC DCSR DCSC COO COOR COOC DMAT DMATR DMATC".split(),
        ("f4", "f8", "u1", "i1"),
        (False, True),
    ):
        if iso and form.startswith("DMAT"):
            continue
        g = f.create_group(f"{form}-{kind}-{iso}")
        text = binsparse(g, form, MATRIX, kind, iso)
        g.attrs["binsparse"] = np.bytes_(text) if iso else text
        note("binsparse.h5", g.name, "KC", "matrix")
    for form, structure in itertools.product(
        ("CSR", "COO"), ("symmetric_lower", "skew_symmetric_lower", "hermitian_lower")
    ):
        g = f.create_group(f"{form}-{structure}")
        tensor = "even" if structure.startswith("skew") else "full"
        kept = arrange(tensor, "KC")
        g.attrs["binsparse"] = binsparse(g, form, kept, "f4", structure=structure)
        note("binsparse.h5", g.name, "KC", tensor)

with h5py.File(path("root.h5"), "w") as f:
    f.attrs["binsparse"] = binsparse(f, "CSR", MATRIX, "f4", True)
    note("root.h5", None, "KC", "matrix")


# ---- Keras -----------------------------------------------------------------


def keras2(group, split, as_bytes):
    names = ["conv", "prune_low_magnitude_matrix", "pool"]
    weights = {
        "conv": {"conv/kernel:0": ("conv", "RSCK"), "conv/bias:0": None},
        "prune_low_magnitude_matrix": {
            "prune_low_magnitude_matrix/mask:0": ("matrix", "CK"),
            "prune_low_magnitude_matrix/threshold:0": None,
        },
        "pool": {},
    }
    write = (lambda texts: np.array(texts, "S")) if as_bytes else list
    if split:
        for i, name in enumerate(names):
            group.attrs[f"layer_names{i}"] = write([name])
    else:
        group.attrs["layer_names"] = write(names)
    for layer, members in weights.items():
        g = group.create_group(layer)
        g.attrs["weight_names"] = write(list(members)) if members else np.array([], "S1")
        for name, what in members.items():
            if not what:
                g[name] = np.zeros(()) if "threshold" in name else np.zeros(7, "f4")
                continue
            tensor, layout = what
            g[name] = values(arrange(tensor, layout), "f4")
            note(group.file.filename.split("/")[-1], g[name].name, None, tensor)


for split, as_bytes in itertools.product((False, True), repeat=2):
    with h5py.File(path(f"keras2-{split}-{as_bytes}.h5"), "w") as f:
        keras2(f.create_group("model_weights") if split else f, split, as_bytes)

with h5py.File(path("keras3.weights.h5"), "w") as f:
    f["layers/conv2d/vars/0"] = values(arrange("conv", "RSCK"), "f4")
    f["layers/conv2d/vars/1"] = np.zeros(7, "f4")
    f["layers/dense_1/vars/0"] = values(arrange("square", "CK"), "f2")
    brain = values(arrange("square", "CK"), "f4").view("<u4") >> 16
    f["layers/dense_2/vars/0"] = brain.astype("<u2")
    f["layers/dense_2/vars/0"].attrs["dtype"] = "bfloat16"
    f.create_group("vars")
    note("keras3.weights.h5", "/layers/conv2d/vars/0", None, "conv")
    note("keras3.weights.h5", "/layers/dense_1/vars/0", None, "square")
    note("keras3.weights.h5", "/layers/dense_2/vars/0", None, "square")

with h5py.File(path("torch.h5"), "w") as f:
    f["features.0.weight"] = values(arrange("conv", "KCRS"), "f4")
    f["features.1.weight_mask"] = arrange("grouped", "(GK)CRS")
    note("torch.h5", "features.0.weight", "pytorch", "conv")
    note("torch.h5", "/features.1.weight_mask", "pytorch", "grouped")
    f["keras.grouped"] = arrange("grouped", "RSC(GK)")
    note("torch.h5", "keras.grouped", "keras", "grouped")


# ---- outside HDF5 ----------------------------------------------------------

for i, (kind, layout, order) in enumerate(itertools.product(TYPES, LAYOUTS, "CF")):
    array = np.asarray(values(arrange("conv", layout), kind), order=order)
    file = f"{i}.npy"
    with open(path(file), "wb") as f:
        np.lib.format.write_array(f, array, version=((1, 0), (2, 0))[i % 2])
    note(file, None, layout, "conv")
np.save(path("found.npy"), values(MATRIX, "f4"))
note("found.npy", None, None, "matrix")

SAFE = {"BOOL": "bool", "U8": "u1", "I8": "i1", "U16": "<u2", "I16": "<i2"}
SAFE |= {"U32": "<u4", "I32": "<i4", "U64": "<u8", "I64": "<i8"}
SAFE |= {"F16": "<f2", "F32": "<f4", "F64": "<f8", "BF16": "<f4", "F8_E5M2": "<f2"}
head, data = {"__metadata__": {"format": "pt"}}, b""
for name, kind in SAFE.items():
    for layout in LAYOUTS:
        array = values(arrange("conv", layout), kind)
        if name == "BF16":
            array = (array.view("<u4") >> 16).astype("<u2")
        if name == "F8_E5M2":
            array = (array.view("<u2") >> 8).astype("u1")
        span = [len(data), len(data) + array.nbytes]
        head[f"{name}.{layout}"] = {"dtype": name, "shape": array.shape, "data_offsets": span}
        data += array.tobytes()
        note("all.safetensors", f"{name}.{layout}", layout, "conv")
text = json.dumps(head).encode()
with open(path("all.safetensors"), "wb") as f:
    f.write(struct.pack("<Q", len(text)) + text + data)

for field, kind in {"real": "f8", "integer": "i8", "complex": "f8", "pattern": "u1"}.items():
    row, column, value = coordinates(MATRIX, kind, stray=field in ("real", "integer"))
    value = np.where(np.isnan(value), 1, value) if kind == "f8" else value
    value = value * 1j if field == "complex" else value
    matrix = scipy.sparse.coo_matrix((value, (row, column)), MATRIX.shape)
    scipy.io.mmwrite(path(f"{field}.mtx"), matrix, field=field, comment="a comment")
    note(f"{field}.mtx", None, None, "matrix")
whole = np.where(MATRIX, 2.5, 0)
scipy.io.mmwrite(path("array.mtx"), whole)
note("array.mtx", None, "KC", "matrix")
for symmetry, sign in {"symmetric": 1, "skew-symmetric": -1}.items():
    tensor = "full" if sign > 0 else "even"
    half = np.tril(arrange(tensor, "KC").astype(float), -1)
    matrix = half + sign * half.T
    if sign > 0:
        matrix += np.diag(np.diag(arrange(tensor, "KC")).astype(float))
    scipy.io.mmwrite(path(f"{symmetry}.mtx"), scipy.sparse.coo_matrix(matrix), symmetry=symmetry)
    note(f"{symmetry}.mtx", None, "KC", tensor)
    scipy.io.mmwrite(path(f"{symmetry}-array.mtx"), matrix, symmetry=symmetry)
    note(f"{symmetry}-array.mtx", None, "KC", tensor)

for comma, comment, (layout, tensor) in itertools.product(
    (", ", " "),
    ("", "% a comment\n"),
    (("KC", "matrix"), ("K(CRS)", "conv"), ("(RSC)K", "conv")),
):
    kept = arrange(tensor, layout)
    matrix = scipy.sparse.csr_matrix(kept)
    file = f"{len(lines)}.smtx"
    with open(path(file), "w") as f:
        f.write(comment + comma.join(map(str, (*kept.shape, matrix.nnz))) + "\n")
        f.write(" ".join(map(str, matrix.indptr)) + "\n")
        f.write(" ".join(map(str, matrix.indices)) + "\n")
    note(file, None, layout, tensor)

for layout in ("(KCRS)", "(RSCK)"):
    file = f"{len(lines)}.txt"
    bits = "".join("01"[int(kept)] for kept in arrange("conv", layout).ravel())
    rows = [" ".join(bits[i : i + 9]) + "\n" for i in range(0, len(bits), 9)]
    with open(path(file), "w") as f:
        f.write(bits if layout == "(KCRS)" else "".join(rows))
    note(file, None, layout, "conv")

with open(path("list"), "w") as f:
    f.write("\n".join(lines) + "\n")
