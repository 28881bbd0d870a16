"""Programs that nobody has read: what they may do, and attacks, each of which has to fail the way that is said here."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest

from scorers.sandbox.run import CannotIsolateError, Limits, run_python

pytestmark = pytest.mark.slow

QUICK = Limits(seconds=5, wall=60.0)


@pytest.fixture(params=[False, True], ids=["plain", "user_namespace"])
def force(request) -> bool:
    """As whoever runs the tests, and through a user namespace, which is how it works without privilege."""
    return request.param


def run(program: str, force: bool = False, limits: Limits = QUICK, **more):
    return run_python(program, limits=limits, as_user=force, **more)


def test_an_ordinary_program_runs_with_the_standard_library(force):
    found = run(
        "import json, math, re, collections, heapq, subprocess, threading, tempfile\nprint(json.dumps([math.factorial(10)]))",
        force,
    )
    assert (found.outcome, found.code, found.stdout, found.stderr) == ("ended", 0, "[3628800]\n", "")
    assert found.succeeded


def test_standard_input_and_further_files_are_given(force):
    found = run(
        "import sys; print(sys.stdin.read() + open('more.txt').read())", force, stdin="ä 1\n", texts={"more.txt": "b"}
    )
    assert found.stdout == "ä 1\nb\n"


def test_an_error_and_an_exit_code_are_told(force):
    found = run("raise SystemExit(3)", force)
    assert (found.outcome, found.code, found.succeeded) == ("ended", 3, False)
    assert "ZeroDivisionError" in run("1 / 0", force).stderr
    assert run("import os; os.abort()", force).code == -6


def test_threads_children_and_files_of_its_own_work(force):
    program = """
import subprocess, sys, threading, pathlib
t = threading.Thread(target=lambda: pathlib.Path("a").write_text("x")); t.start(); t.join()
print(subprocess.run([sys.executable, "-c", "print(open('a').read())"], capture_output=True, text=True).stdout)
"""
    assert run(program, force).stdout == "x\n\n"


def test_there_is_no_network(force):
    program = """
import socket
for make in (lambda: socket.socket(), lambda: socket.socket(socket.AF_INET6, socket.SOCK_DGRAM), lambda: socket.socket(17, 3), lambda: socket.create_connection(("127.0.0.1", 80), 2), lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)):
    try: make(); print("open")
    except OSError as error: print(type(error).__name__)
"""
    assert run(program, force).stdout.split() == ["PermissionError"] * 5


def test_sockets_of_the_machine_are_not_reached_though_local_ones_are_allowed():
    """The namespace alone has no network: the filter is a second wall."""
    name = f"\0oda-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX) as abstract:
        abstract.bind(name)
        abstract.listen()
        program = f"import socket\ns = socket.socket(socket.AF_UNIX)\ntry: s.connect({name!r}); print('open')\nexcept OSError as e: print(e.strerror)"
        assert run(program).stdout == "Connection refused\n"  # abstract names belong to the network namespace


def test_files_of_the_machine_are_not_there(force, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("key")
    program = f"""
import os
for path in ({str(secret)!r}, "/etc/passwd", "/etc/shadow", "/proc/self/environ", "/proc/1/root", "/sys", "/home", "/dev/sda", "/dev/mem", "/work/../root/.bashrc", "/var", "/run", "/old"):
    print(path if os.path.exists(path) else "-", end=" ")
print(sorted(os.listdir("/dev")))
"""
    found = run(program, force)
    assert found.stdout == "- " * 13 + "['null', 'random', 'urandom', 'zero']\n"


def test_the_environment_and_the_arguments_tell_nothing(force, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    found = run("import os, sys; print(sorted(os.environ), sys.argv)", force)
    assert (
        found.stdout
        == "['HOME', 'LANG', 'OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'PATH', 'PYTHONDONTWRITEBYTECODE', 'PYTHONHASHSEED', 'TMPDIR'] ['/work/program.py']\n"
    )


def test_nothing_but_its_own_folder_can_be_written(force):
    program = """
import os, sys
for path in ("/x", "/usr/x", os.path.dirname(os.__file__) + "/x.py", "/dev/x", "/etc/ld.so.cache", sys.executable):
    try: open(path, "a"); print("written", path)
    except OSError as error: print(error.errno, end=" ")
"""
    found = run(program, force)
    assert "written" not in found.stdout
    assert len(found.stdout.split()) == 6


def test_links_lead_nowhere_outside(force, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("key")
    program = f"""
import os
os.symlink({str(secret)!r}, "link"); os.symlink("../../../../../../etc/shadow", "up"); os.symlink("/proc/1/root", "root")
for name in ("link", "up", "root/etc/shadow"):
    try: print(open(name).read())
    except OSError as error: print(type(error).__name__)
"""
    assert run(program, force).stdout.split() == ["FileNotFoundError"] * 3
    assert secret.read_text() == "key"


def test_an_endless_loop_ends_with_its_time(force):
    found = run("while True: pass", force, Limits(seconds=1, wall=60.0))
    assert (found.outcome, found.succeeded) == ("time", False)


def test_sleeping_does_not_help_nor_does_ignoring_signals(force):
    program = "import signal, time\nfor s in range(1, 32):\n    try: signal.signal(s, signal.SIG_IGN)\n    except (OSError, ValueError): pass\ntime.sleep(1000)"
    assert run(program, force, Limits(seconds=1, wall=3.0)).outcome == "time"
    busy = program.replace("time.sleep(1000)", "\nwhile True: pass")
    assert not run(busy, force, Limits(seconds=1, wall=60.0)).succeeded


def test_a_fork_bomb_stays_within_its_processes_and_dies():
    program = "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass"
    found = run(program, limits=Limits(seconds=1, wall=4.0, processes=8))
    assert not found.succeeded
    assert gone([pid for pid in processes() if b"/work/program.py" in command(pid)])


def test_processes_and_threads_are_counted():
    if os.geteuid() != 0:
        pytest.skip("counts what the user of the tests runs besides")
    program = "import os, time\nn = 0\ntry:\n    while True:\n        if os.fork() == 0: time.sleep(60)\n        n += 1\nexcept OSError: print(n, flush=True)\nos._exit(0)"
    assert run(program, limits=Limits(wall=60.0, processes=6)).stdout == "5\n"


def test_children_that_were_left_behind_die_with_the_program(force):
    program = "import os, time\nif os.fork() == 0:\n    os.setsid()\n    os.closerange(0, 10)\n    time.sleep(1000)\nprint('done')"
    found = run(program, force)
    assert found.stdout == "done\n"
    assert found.seconds < 30
    assert gone([pid for pid in processes() if b"/work/program.py" in command(pid)])


def test_memory_is_bounded(force):
    found = run("x = bytearray(2 << 30)", force, Limits(seconds=5, wall=60.0, memory=256 << 20))
    assert "MemoryError" in found.stderr
    program = "import mmap\nfor _ in range(64): mmap.mmap(-1, 32 << 20)\nprint('all')"
    assert (
        "all"
        not in run(
            "held = []\n" + program.replace("mmap.mmap(", "held.append(mmap.mmap(").replace("20)", "20))"),
            force,
            Limits(seconds=5, wall=60.0, memory=256 << 20),
        ).stdout
    )


def test_files_are_bounded_in_size_and_number(force):
    limits = Limits(seconds=5, wall=60.0, disk=1 << 20, inodes=32)
    big = run(
        "import signal\nsignal.signal(25, signal.SIG_IGN)\nfor name in 'abc':\n    with open(name, 'wb') as f: f.write(bytes(600_000))",
        force,
        limits,
    )
    assert "No space left" in big.stderr or "File too large" in big.stderr
    many = run("for n in range(1000): open(str(n), 'w').close()", force, limits)
    assert "No space left on device" in many.stderr
    opened = run("held = [open('/dev/null') for _ in range(1000)]", force, limits)
    assert "Too many open files" in opened.stderr


def test_a_flood_of_output_is_cut_off_and_ended(force):
    found = run("import os\nwhile True: os.write(1, b'x' * 65536)", force, Limits(seconds=20, wall=60.0, output=10_000))
    assert (found.outcome, found.succeeded) == ("output", False)
    assert len(found.stdout) == 10_000


def test_output_that_is_not_text_is_replaced(force):
    assert run("import os; os.write(1, b'\\xff\\x00a')", force).stdout == "�\x00a"


@pytest.mark.parametrize(
    "attempt",
    [
        "libc.unshare(0x10000000)",
        "libc.mount(b'none', b'/work', b'tmpfs', 0, None)",
        "libc.chroot(b'/work')",
        "libc.ptrace(16, 1, 0, 0)",
        "libc.syscall(425, 8, ctypes.create_string_buffer(256))",
        "libc.syscall(323, 0)",
        "libc.setns(0, 0)",
        "libc.personality(0x0040000)",
        "libc.syscall(250, 0, 0, 0)",
        "libc.setuid(0) if os.getuid() else libc.mknod(b'/work/d', 0o20666, 0x101)",
        "libc.sethostname(b'x', 1)",
    ],
)
def test_ways_into_the_kernel_are_refused(attempt, force):
    if "250" in attempt and os.uname().machine != "x86_64":
        pytest.skip("numbers of x86_64")
    program = f"import ctypes, os\nlibc = ctypes.CDLL(None, use_errno=True)\nprint({attempt}, ctypes.get_errno())"
    assert run(program, force).stdout == "-1 1\n"


def test_a_program_cannot_fake_how_it_ended(force):
    program = "import os\nfor fd in range(3, 64):\n    try: os.write(fd, b'{\"exit\": 0}\\n')\n    except OSError: pass\nraise SystemExit(9)"
    assert run(program, force).code == 9


def test_it_cannot_kill_what_watches_it(force):
    program = "import os, signal\nfor pid in (1, os.getppid(), -1):\n    try: os.kill(pid, signal.SIGKILL); print('sent', pid)\n    except OSError as e: print(e.errno)\nprint('alive')"
    found = run(program, force)
    assert found.outcome == "ended"
    assert found.code == 0


def test_runs_side_by_side_do_not_meet():
    found: list[str] = []

    def one(number: int) -> None:
        found.append(
            run(
                f"import os, time\nopen('mine', 'w').write('{number}')\ntime.sleep(0.3)\nprint(open('mine').read(), len(os.listdir('.')))"
            ).stdout
        )

    threads = [threading.Thread(target=one, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == ["0 2\n", "1 2\n", "2 2\n", "3 2\n"]


def test_it_dies_with_the_process_that_asked_for_it(tmp_path):
    code = "from scorers.sandbox.run import *; run_python('import time; time.sleep(300)', limits=Limits(wall=200.0))"
    parent = subprocess.Popen([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)})
    for _ in range(600):
        if running := [pid for pid in processes() if b"/work/program.py" in command(pid)]:
            break
        threading.Event().wait(0.1)
    assert running
    parent.kill()
    parent.wait()
    assert gone(running)


def test_where_isolation_is_not_to_be_had_nothing_is_run(tmp_path, monkeypatch):
    """As in a container without the right to make namespaces: here, inside the sandbox itself."""
    inside = Path(run_python.__code__.co_filename).parent / "inside"
    for path in inside.glob("*.py"):
        shutil.copy(path, tmp_path)
    texts = {path.name: path.read_text() for path in tmp_path.glob("*.py")}
    texts["inner.py"] = texts.pop("__main__.py")
    program = """
import json, os, subprocess, sys
read, write = os.pipe()
task = json.dumps({"parent": os.getpid(), "uid": None})
subprocess.run([sys.executable, "inner.py", str(write)], input=task.encode(), pass_fds=(write,))
os.close(write)
print(os.read(read, 1000).decode())
"""
    assert "Operation not permitted" in run(program, texts=texts).stdout


def test_the_error_names_the_way_out(monkeypatch):
    monkeypatch.setattr("scorers.sandbox.run._INSIDE", Path("/nonexistent"))
    with pytest.raises(CannotIsolateError, match="Programs cannot be run here") as caught:
        run("print(1)")
    assert "user namespaces" in caught.value.hint


def test_without_privilege_the_launcher_closes_itself_in(tmp_path):
    """As nobody, by the interpreter of the system, since that of the tests may lie where nobody can read."""
    python = Path("/usr/bin/python3")
    if os.geteuid() != 0 or not python.exists():
        pytest.skip("needs root, to be somebody else, and an interpreter of the system")
    folder = Path(tempfile.mkdtemp(prefix="oda-test-", dir="/tmp"))
    try:
        shutil.copytree(Path(run_python.__code__.co_filename).parent / "inside", folder / "inside")
        (folder / "place").mkdir()
        for path in (folder, folder / "inside", folder / "place", *(folder / "inside").glob("*.py")):
            path.chmod(0o755)
        shutil.chown(folder / "place", 65534)
        read, write = os.pipe()
        program = "import os\nn = 0\ntry:\n    while True:\n        if os.fork() == 0: __import__('time').sleep(60)\n        n += 1\nexcept OSError: print(os.getuid(), n, os.path.exists('/etc/passwd'), flush=True)\nos._exit(0)"
        process = subprocess.Popen(
            [str(python), "-I", "-S", "-B", str(folder / "inside"), str(write)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            user=65534,
            group=65534,
            extra_groups=[],
            pass_fds=(write,),
            cwd="/",
        )
        os.close(write)
        limits = {"seconds": 5, "memory": 512 << 20, "disk": 1 << 20, "files": 64, "processes": 6, "inodes": 64}
        task = {
            "argv": [str(python.resolve()), "-I", "/work/program.py"],
            "environment": {},
            "folders": ["/usr"],
            "place": str(folder / "place"),
            "stdin": False,
            "texts": {"program.py": program},
            "limits": limits,
            "uid": None,
            "parent": os.getpid(),
        }
        out, _ = process.communicate(json.dumps(task).encode(), timeout=120)
        assert json.loads(os.read(read, 1000)) == {"exit": 0}
        os.close(read)
        assert out == b"65534 5 False\n"
    finally:
        shutil.rmtree(folder)


def gone(pids: list[str]) -> bool:
    """Whether these processes end; the system takes a moment for what it kills."""
    for _ in range(600):
        if not any(b"/work/program.py" in command(pid) for pid in pids):
            return True
        threading.Event().wait(0.1)
    return False


def processes() -> list[str]:
    return [name for name in os.listdir("/proc") if name.isdigit()]


def command(pid: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""
