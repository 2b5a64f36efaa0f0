"""Makes ``.venv`` from the lock file: ``python3 config/install.py [--dev]``.

Standard library only, and readable by any Python 3.7, which then says in one sentence that it is too old. Does nothing
in 0.1 s when the environment is what the lock says; brings an existing one up to date; starts afresh after a crash.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "installed.json"
UNFINISHED = VENV / "unfinished"
LOG = VENV / "install.log"
OLDEST = (3, 11)

CAUSES = [
    ("No space left on device", "the disk is full."),
    ("Permission denied", "a file may not be written; does .venv belong to another user?"),
    ("THESE PACKAGES DO NOT MATCH THE HASHES", "a downloaded package is not the one in the lock file."),
    ("Hash mismatch", "a downloaded package is not the one in the lock file."),
]
NO_NETWORK = (
    "NewConnectionError",
    "ConnectTimeout",
    "name resolution",
    "Max retries",
    "ProxyError",
    "SSLError",
    "dns error",
    "error sending request",
    "(from versions: none)",
)


class Refusal(Exception):
    """One sentence for the person at the terminal."""


def say(text: str) -> None:
    print("install  | " + text, flush=True)


# --- what is there ------------------------------------------------------------------------------------------------


def digest(lock: str) -> str:
    return hashlib.sha256((ROOT / lock).read_bytes()).hexdigest()


def version_of(python: Path) -> str:
    """ "3.11", or "" when it is missing, broken or too old."""
    question = "import sys; print('%d.%d' % sys.version_info[:2] if sys.version_info >= (3, 11) else '')"
    try:
        answer = subprocess.run([str(python), "-c", question], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    except OSError:
        return ""
    return answer.stdout.decode().strip()


def read_stamp() -> dict:
    try:
        return json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return {}


def is_usable(stamp: dict) -> bool:
    """May the environment be kept and brought up to date? Not after a crash, a move, or another Python."""
    version = version_of(PYTHON)
    if not version or UNFINISHED.exists():
        return False
    return not stamp or (stamp.get("root"), stamp.get("python")) == (str(ROOT), version)


# --- installing ---------------------------------------------------------------------------------------------------


def succeeds(command: list) -> bool:
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.run([str(part) for part in command], **quiet).returncode == 0


def run_visibly(command: list, env: dict) -> tuple[int, str]:
    """Runs it, shows what it downloads, keeps everything in the log; returns its exit code and output."""
    started_at, done, output = time.monotonic(), threading.Event(), []

    def tick() -> None:
        while not done.wait(5):
            say(f"… {time.monotonic() - started_at:.0f} s")

    threading.Thread(target=tick, daemon=True).start()
    process = subprocess.Popen(
        [str(part) for part in command],
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    with open(str(LOG), "ab") as log:
        for raw in process.stdout or ():
            log.write(raw)
            line = raw.decode(errors="replace").strip()
            output.append(line)
            if line.startswith(("Downloading ", "Prepared ", "Installed ", "Installing collected")):
                say(line[:90])
    done.set()
    return process.wait(), "\n".join(output)


def pip_command() -> list | None:
    """pip of this Python working on .venv, or .venv's own; None when there is neither."""
    if (
        subprocess.run(
            [sys.executable, "-m", "pip", "--version"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ).returncode
        == 0
    ):
        return [sys.executable, "-m", "pip", "--python", PYTHON]
    if (
        subprocess.run(
            [str(PYTHON), "-m", "ensurepip"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ).returncode
        == 0
    ):
        return [PYTHON, "-m", "pip"]
    return None


def find_uv(pip: list | None, env: dict) -> Path | str | None:
    own = VENV / "bin" / "uv"
    if "NO_UV" in os.environ:
        return None
    if own.exists() or shutil.which("uv"):
        return own if own.exists() else shutil.which("uv")
    if pip:
        say("fetching uv")
        fetch = ["install", "-q", "--no-deps", "--only-binary=:all:", "--retries=1"]
        code, _ = run_visibly([*pip, *fetch, "-r", ROOT / "requirements-install.lock"], env)
        if code == 0 and own.exists():
            return own
    return None


def with_pips_index(env: dict) -> dict:
    """uv does not read pip's configuration; a company's package index is usually named only there."""
    get = [sys.executable, "-m", "pip", "config", "get", "global.index-url"]
    index = (
        env.get("PIP_INDEX_URL")
        or subprocess.run(get, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout.decode().strip()
    )
    more = {"UV_LINK_MODE": "copy"}
    if index and not {"UV_DEFAULT_INDEX", "UV_INDEX_URL"} & set(env):
        more["UV_DEFAULT_INDEX"] = index
    if env.get("PIP_CERT") and not env.get("SSL_CERT_FILE"):
        more["SSL_CERT_FILE"] = env["PIP_CERT"]
    return dict(env, **more)


def install(lock: str) -> None:
    """Brings .venv to what the lock file says, with uv if it can be had, else with pip.

    Bytecode is left to the first start: of 4 700 modules it needs 1 200 (0.7 s), and all of them took 7 to 15 s.
    """
    env = dict(os.environ, PIP_DISABLE_PIP_VERSION_CHECK="1", PIP_ROOT_USER_ACTION="ignore")
    env.pop("PYTHONPATH", None)
    pip = pip_command()
    uv = find_uv(pip, env)
    output = ""
    if uv:
        wanted = ["--require-hashes", "--python", PYTHON, "-r", ROOT / lock]
        code, output = run_visibly([uv, "pip", "install", *wanted], with_pips_index(env))
        if code == 0:
            return
        say("uv could not, trying pip")
    if not pip:
        if uv:
            raise Refusal(cause_of(output))
        raise Refusal(
            f"pip is missing for {sys.executable}: install it (Debian, Ubuntu: apt install python3-pip), "
            "or put uv on the PATH."
        )
    code, output = run_visibly(
        [*pip, "install", "--no-deps", "--require-hashes", "--retries=2", "-r", ROOT / lock], env
    )
    if code != 0:
        raise Refusal(cause_of(output))


def cause_of(output: str) -> str:
    for sign, cause in CAUSES:
        if sign in output:
            return f"Installing stopped: {cause} Details: {LOG}"
    if any(sign in output for sign in NO_NETWORK):
        return (
            "The packages could not be downloaded: there is no network, or the package index cannot be reached "
            f"(PIP_INDEX_URL names another one). Details: {LOG}"
        )
    lines = [line for line in output.splitlines() if line] or ["no output"]
    return f"Installing stopped: {lines[-1][:200]} Details: {LOG}"


# --- the whole ----------------------------------------------------------------------------------------------------


def bring_up_to_date(dev: bool) -> None:
    stamp = read_stamp()
    usable = is_usable(stamp)
    locks = ["requirements.lock"] + (["requirements-dev.lock"] if dev or stamp.get("requirements-dev.lock") else [])
    wanted = dict({lock: digest(lock) for lock in locks}, root=str(ROOT), python="")
    if usable:
        wanted["python"] = version_of(PYTHON)
        if stamp == wanted:
            return
    started_at = time.monotonic()
    lock = locks[-1]  # the dev lock holds everything of the other one
    packages = sum("==" in line for line in (ROOT / lock).read_text().splitlines())
    say(f"{packages} packages of {lock} into {VENV}")
    if not usable:
        shutil.rmtree(str(VENV), ignore_errors=True)
        VENV.mkdir()
        if not succeeds([sys.executable, "-m", "venv", "--without-pip", VENV]):
            raise Refusal(f"{sys.executable} -m venv {VENV} failed: install Python's venv module.")
    UNFINISHED.touch()
    LOG.write_bytes(b"")
    install(lock)
    STAMP.write_text(json.dumps(dict(wanted, python=version_of(PYTHON))))
    UNFINISHED.unlink()
    say(f"done in {time.monotonic() - started_at:.1f} s")


def main(argv: list) -> int:
    if sys.version_info < OLDEST:
        print(
            f"Python 3.11 or newer is needed, and {sys.executable} is {sys.version.split()[0]}: "
            "name another one, for example make up PYTHON=/usr/bin/python3.11",
            file=sys.stderr,
        )
        return 1
    try:
        folder = os.open(str(ROOT), os.O_RDONLY)
        fcntl.flock(folder, fcntl.LOCK_EX)  # two `make up` at once: the second waits, then finds all done
        bring_up_to_date("--dev" in argv)
    except Refusal as sentence:
        print(sentence, file=sys.stderr)
        return 1
    except OSError as refusal:
        print(f"Cannot write to {refusal.filename or VENV} ({refusal.strerror}).", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped; the next start installs the rest.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
