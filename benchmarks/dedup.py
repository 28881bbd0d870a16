"""Near-duplicates against other engines on the same documents: 5-word shingles, 112 permutations, 14 bands of 8 rows.

    python -m benchmarks.dedup [--documents 20000] [--peers FOLDER] [--only datasketch,daft,datatrove]

First estimates are compared with exact Jaccard indices, then signatures of one core with `datasketch` and Daft, then the whole
(ingested samples to clusters) with the four MinHash stages of datatrove, two workers each: once as processes from start to
end, once by what they say of their own steps, without the loading of libraries. Daft and datatrove are installed into
environments of their own under --peers (default: a temporary folder).
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.generated import batches, fill
from benchmarks.measure import cores
from lake.catalog import Lake
from lake.settings import Settings
from pipelines.deduping.parameters import Signing
from pipelines.deduping.texts import load_kernels, sign

PEERS = {
    "daft": ["daft==0.7.26", "numpy"],
    "datatrove": ["datatrove==0.10.1", "orjson", "spacy", "nltk", "regex", "tokenizers", "fsspec", "xxhash==3.5.0"],
}

DAFT = """
import json, sys, time
import daft
daft.set_runner_native() if hasattr(daft, "set_runner_native") else None
frame = daft.read_parquet(sys.argv[1]).select("text").collect()
times = []
for _ in range(3):
    began = time.process_time()
    frame.select(frame["text"].minhash(num_hashes=112, ngram_size=5, seed=1)).collect()
    times.append(time.process_time() - began)
print(json.dumps(min(times)))
"""

DATATROVE = """
import json, sys, time
from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.dedup import MinhashDedupSignature
from datatrove.pipeline.dedup.minhash import MinhashConfig, MinhashDedupBuckets, MinhashDedupCluster, MinhashDedupFilter
from datatrove.pipeline.readers import JsonlReader
from datatrove.pipeline.writers.jsonl import JsonlWriter
from datatrove.utils.hashing import HashConfig
from datatrove.utils.typeshelper import Languages

def run():
    source, folder, tasks = sys.argv[1], sys.argv[2], int(sys.argv[3])
    config = MinhashConfig(hash_config=HashConfig(precision=64), n_grams=5, num_buckets=14, hashes_per_bucket=8)
    reader = JsonlReader(source)
    stages = [
        ([reader, MinhashDedupSignature(f"{folder}/signatures", config=config, language=Languages.english)], tasks),
        ([MinhashDedupBuckets(f"{folder}/signatures", f"{folder}/buckets", config=config)], 14),
        ([MinhashDedupCluster(f"{folder}/buckets", f"{folder}/remove", config=config)], 1),
        ([reader, MinhashDedupFilter(f"{folder}/remove"), JsonlWriter(f"{folder}/kept", compression=None)], tasks),
    ]
    times = []
    for number, (pipeline, count) in enumerate(stages):
        began = time.monotonic()
        LocalPipelineExecutor(pipeline, tasks=count, workers=2, logging_dir=f"{folder}/logs{number}").run()
        times.append(time.monotonic() - began)
    print(json.dumps(times))

if __name__ == "__main__":
    run()
"""


def environment(folder: Path, name: str) -> str:
    """The interpreter of a peer's own environment, made where it is not there yet."""
    python = folder / name / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", folder / name], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PEERS[name]], check=True)
    return str(python)


def peer(python: str, code: Path, *arguments: str) -> object:
    """What a peer's program prints last, as JSON."""
    done = subprocess.run(  # noqa: PLW1510 - its words are shown when it fails
        [python, str(code), *arguments], capture_output=True, text=True, env={**os.environ, "DAFT_PROGRESS_BAR": "0"}
    )
    if done.returncode:
        raise SystemExit(f"{code.name} failed:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def texts(documents: int) -> list[str]:
    """The documents, as the lake's view `sample` has them."""
    found = []
    for _, asked, answered in batches(0, documents):
        found += [f"{a}\n{b}" for a, b in zip(asked.to_pylist(), answered.to_pylist(), strict=True)]
    return found


def best(work, repeat: int = 3) -> float:
    """The least processor time of several tries: what one core needs, whatever else runs."""
    times = []
    for _ in range(repeat):
        began = time.process_time()
        work()
        times.append(time.process_time() - began)
    return min(times)


def ours_per_core(documents: list[str]) -> float:
    """Documents signed per second on one core."""
    array = pa.array(documents, pa.large_string())
    sign(array.slice(0, 100), Signing())
    return len(documents) / best(lambda: sign(array, Signing()))


def datasketch_per_core(documents: list[str]) -> float:
    """Documents signed per second by `update_batch`, shingles made in Python."""
    from datasketch import MinHash

    def work() -> None:
        for text in part:
            words = text.split()
            sketch = MinHash(num_perm=112)
            sketch.update_batch([" ".join(words[i : i + 5]).encode() for i in range(len(words) - 4)])

    part = documents[:2000]
    return len(part) / best(work, 1)


def check(documents: list[str]) -> None:
    """Stop unless signatures say what sets of shingles say, within theory."""
    _, _, lanes = sign(pa.array(documents[:5000]), Signing())
    sets = [{tuple(w[i : i + 5]) for i in range(len(w) - 4)} for w in (text.split() for text in documents[:5000])]
    from benchmarks.generated import planted

    pairs = [(a, b) for a, b, _ in planted(5000).tolist()]
    exact = np.array([len(sets[a] & sets[b]) / len(sets[a] | sets[b]) for a, b in pairs])
    left, right = (lanes[:, [pair[side] for pair in pairs]].T.copy().view(np.uint8) for side in (0, 1))
    estimate = ((left == right).mean(axis=1) - 1 / 256) / (1 - 1 / 256)
    error = estimate - exact
    theory = np.sqrt((exact * (1 - exact)).mean() / 112)
    print(f"estimates: mean error {error.mean():+.4f}, spread {error.std():.4f} (theory {theory:.4f})")
    if abs(error.mean()) > 0.005 or error.std() > 1.2 * theory:
        raise SystemExit("wrong answer: the estimates are off")


def main() -> None:
    """Run the benchmark and print its table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=20_000)
    parser.add_argument("--peers", type=Path, default=None)
    parser.add_argument("--only", default="datasketch,daft,datatrove")
    chosen = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="oda-dedup-"))
    peers = chosen.peers or folder / "peers"
    try:
        documents = texts(chosen.documents)
        print(f"{len(documents):,} documents, {sum(map(len, documents)) / 1e6:.0f} MB, {cores()} cores")
        check(documents)
        ours = ours_per_core(documents)
        print(f"signatures  ours        {ours:10,.0f} documents/s on one core")
        if "datasketch" in chosen.only:
            theirs = datasketch_per_core(documents)
            print(f"signatures  datasketch  {theirs:10,.0f} documents/s on one core: {ours / theirs:.0f} times slower")
        if "daft" in chosen.only:
            _daft(folder, environment(peers, "daft"), documents, ours)
        _whole(folder, environment(peers, "datatrove") if "datatrove" in chosen.only else None, documents)
    finally:
        shutil.rmtree(folder)


def _daft(folder: Path, python: str, documents: list[str], ours: float) -> None:
    source, code = folder / "documents.parquet", folder / "with_daft.py"
    pq.write_table(pa.table({"text": documents}), source, row_group_size=5000)
    code.write_text(DAFT)
    theirs = len(documents) / float(str(peer(python, code, str(source))))
    print(f"signatures  daft        {theirs:10,.0f} documents/s on one core: {ours / theirs:.1f} times slower")


def _whole(folder: Path, datatrove: str | None, documents: list[str]) -> None:
    """From documents to clusters: a process of each, timed from outside, and the steps that they time themselves."""
    with Lake.open(Settings.load(home=folder / "home"), create=True) as lake:
        fill(lake, len(documents), 2)
    load_kernels(Signing())  # as from the second run on: compiled before, and kept on disk
    command = [Path(sys.executable).with_name("oda"), "dedup", "--json", "--home", folder / "home"]
    began = time.monotonic()
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    ours = time.monotonic() - began
    report = json.loads(done.stdout)
    loading = report["seconds"].pop("load")
    steps = sum(report["seconds"].values())
    parts = ", ".join(f"{name} {spent:.1f}" for name, spent in report["seconds"].items())
    print(
        f"end to end  ours        {ours:8.1f} s; steps {steps:.1f} s ({parts}), loading kernels {loading:.1f}; "
        f"{report['excluded']:,} excluded"
    )
    if datatrove is None:
        return
    source, code = folder / "documents", folder / "with_datatrove.py"
    source.mkdir()
    half = -(-len(documents) // 2)
    for part in range(2):
        rows = [
            json.dumps({"text": text, "id": str(n)})
            for n, text in enumerate(documents[part * half : (part + 1) * half])
        ]
        (source / f"{part}.jsonl").write_text("\n".join(rows))
    code.write_text(DATATROVE)
    began = time.monotonic()
    times = peer(datatrove, code, str(source), str(folder / "trove"), "2")
    theirs = time.monotonic() - began
    assert isinstance(times, list)
    kept = sum(len(path.read_text().splitlines()) for path in (folder / "trove" / "kept").glob("*"))
    parts = ", ".join(f"{spent:.1f}" for spent in times)
    print(
        f"end to end  datatrove   {theirs:8.1f} s; stages {sum(times):.1f} s ({parts}); {len(documents) - kept:,} removed: "
        f"{theirs / ours:.0f} times slower as a process, {sum(times) / steps:.0f} times by steps"
    )


if __name__ == "__main__":
    main()
