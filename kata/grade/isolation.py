"""Close a process off from everything but its own folder, as far as the kernel lets anybody.

Each function tells whether its mechanism held. None needs a privilege: namespaces, Landlock and
seccomp are there for every user of a recent Linux, unless the administrator has forbidden them.
"""

import ctypes
import os
import platform
import resource
import struct
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

_LINUX = sys.platform.startswith("linux")
_libc = ctypes.CDLL(None, use_errno=True) if _LINUX else None

# From the kernel's headers: prctl.h, sched.h, landlock.h.
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_SECCOMP = 1, 4, 22
PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 36, 38
CLONE_NEWNS, CLONE_NEWIPC, CLONE_NEWUSER = 0x00020000, 0x08000000, 0x10000000
CLONE_NEWPID, CLONE_NEWNET = 0x20000000, 0x40000000
CLONE_THREAD = 0x00010000
_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 444, 445, 446
_READ = 0b1101  # execute, read a file, list a folder
_FILE_RIGHTS = 0b111 | 1 << 14 | 1 << 15  # what may be granted for a single file


def _prctl(*arguments: int) -> bool:
    return _libc is not None and _libc.prctl(*arguments, *[0] * (5 - len(arguments))) == 0


def adopt_orphans() -> bool:
    """Become the parent of every process below that loses its own."""
    return _prctl(PR_SET_CHILD_SUBREAPER, 1)


def end_with_parent() -> None:
    """Let the kernel end this process when the one that forked it ends."""
    _prctl(PR_SET_PDEATHSIG, 9)


def own_namespaces() -> dict[str, bool]:
    """Give the processes forked from here on their own process numbers and no network.

    The process must have one thread only, as after a fork.
    """
    user, group = os.geteuid(), os.getegid()
    spaces = CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC
    held = _libc is not None and _libc.unshare(spaces) == 0
    if held:
        with suppress(OSError):  # without a mapping nothing is lost: the user is nobody then
            Path("/proc/self/setgroups").write_text("deny")
            Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
            Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    return {"own process numbers": held, "no network": held}


def limit_resources(*, seconds: int, data: int, file_size: int, files: int) -> dict[str, bool]:
    """Limit processor seconds, bytes of memory beyond today's, bytes a file, and open files."""
    limits = {"CPU": seconds, "FSIZE": file_size, "NOFILE": files, "CORE": 0}
    if _LINUX:
        limits["DATA"] = _data_now() + data
    held = {}
    for name, value in limits.items():
        with suppress(ValueError, OSError):
            kind = getattr(resource, f"RLIMIT_{name}")
            hard = resource.getrlimit(kind)[1]
            value = value if hard == resource.RLIM_INFINITY else min(value, hard)
            resource.setrlimit(kind, (value, value + (name == "CPU")))
            held[name] = True
    return {
        "processor time limited": held.get("CPU", False),
        "memory limited": held.get("DATA", False),
        "file size limited": held.get("FSIZE", False),
    }


def _data_now() -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmData:"):
            return int(line.split()[1]) * 1024
    return 0


def close_file_system(readable: Iterable[Path], writable: Iterable[Path]) -> dict[str, bool]:
    """Leave only these files and folders to be read, and these to be written (Landlock)."""
    if not _libc:
        return {"files closed off": False}
    version = _libc.syscall(_LANDLOCK_CREATE, None, 0, 1)
    if version < 1:
        return {"files closed off": False}
    every = (1 << {1: 13, 2: 14, 3: 15, 4: 15}.get(version, 16)) - 1
    network = 0b11 if version >= 4 else 0
    scopes = 0b11 if version >= 6 else 0  # signals and abstract sockets of other processes
    rules = struct.pack("QQQ", every, network, scopes)
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    ruleset = _libc.syscall(_LANDLOCK_CREATE, rules, size, 0)
    if ruleset < 0:
        return {"files closed off": False}
    for paths, rights in ((readable, _READ), (writable, every)):
        for path in paths:
            with suppress(OSError):
                _allow(ruleset, path, rights & every)
    _prctl(PR_SET_NO_NEW_PRIVS, 1)
    held = _libc.syscall(_LANDLOCK_RESTRICT, ruleset, 0) == 0
    os.close(ruleset)
    return {"files closed off": held}


def _allow(ruleset: int, path: Path, rights: int) -> None:
    assert _libc
    descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    if not path.is_dir():
        rights &= _FILE_RIGHTS
    _libc.syscall(_LANDLOCK_ADD, ruleset, 1, struct.pack("=Qi", rights, descriptor), 0)
    os.close(descriptor)


# Numbers of system calls, for x86-64 and for ARM64, that a test never needs.
_REFUSED = {
    "x86_64": {
        **{"ptrace": 101, "process_vm_readv": 310, "process_vm_writev": 311, "execve": 59},
        **{"execveat": 322, "fork": 57, "vfork": 58, "socket": 41, "connect": 42, "mount": 165},
        **{"unshare": 272, "setns": 308, "bpf": 321, "keyctl": 250, "perf_event_open": 298},
        **{"io_uring_setup": 425, "pidfd_open": 434, "pidfd_getfd": 438, "userfaultfd": 323},
        **{"rt_sigqueueinfo": 129, "rt_tgsigqueueinfo": 297, "pidfd_send_signal": 424},
        **{"memfd_create": 319, "memfd_secret": 447},
        # What Landlock does not know of: owner, mode, times and marks of any file of this user.
        **{"chmod": 90, "fchmod": 91, "fchmodat": 268, "fchmodat2": 452, "chown": 92},
        **{"fchown": 93, "lchown": 94, "fchownat": 260, "utime": 132, "utimes": 235},
        **{"futimesat": 261, "utimensat": 280, "setxattr": 188, "lsetxattr": 189},
        **{"fsetxattr": 190, "removexattr": 197, "lremovexattr": 198, "fremovexattr": 199},
        **{"setxattrat": 463, "removexattrat": 466, "file_setattr": 469},
    },
    "aarch64": {
        **{"ptrace": 117, "process_vm_readv": 270, "process_vm_writev": 271, "execve": 221},
        **{"execveat": 281, "socket": 198, "connect": 203, "mount": 40},
        **{"unshare": 97, "setns": 268, "bpf": 280, "keyctl": 219, "perf_event_open": 241},
        **{"io_uring_setup": 425, "pidfd_open": 434, "pidfd_getfd": 438, "userfaultfd": 282},
        **{"rt_sigqueueinfo": 138, "rt_tgsigqueueinfo": 240, "pidfd_send_signal": 424},
        **{"memfd_create": 279, "memfd_secret": 447},
        **{"fchmod": 52, "fchmodat": 53, "fchmodat2": 452, "fchownat": 54, "fchown": 55},
        **{"utimensat": 88, "setxattr": 5, "lsetxattr": 6, "fsetxattr": 7, "removexattr": 14},
        **{"lremovexattr": 15, "fremovexattr": 16, "setxattrat": 463, "removexattrat": 466},
        **{"file_setattr": 469},
    },
}
_IOCTL = {"x86_64": 16, "aarch64": 29}
_SET_FLAGS = (0x40086602, 0x401C5820)  # FS_IOC_SETFLAGS, FS_IOC_FSSETXATTR: of any file
_CLONE = {"x86_64": (56, 435), "aarch64": (220, 435)}  # clone and clone3
_KILL = {"x86_64": (62, 200, 234), "aarch64": (129, 130, 131)}  # kill, tkill, tgkill
_AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_ALLOW, _EPERM, _ENOSYS = 0x7FFF0000, 0x00050000 | 1, 0x00050000 | 38
_LOAD, _EQUAL, _ANY_BIT, _RETURN = 0x20, 0x15, 0x45, 0x06
_NUMBER, _ARCHITECTURE, _FIRST, _SECOND = 0, 4, 16, 24  # offsets in struct seccomp_data


def refuse_system_calls() -> dict[str, bool]:
    """Refuse new processes, programs and sockets, and changes to what is others' (seccomp).

    Threads are allowed: a clone with CLONE_THREAD. clone3, whose flags a filter cannot see, is
    answered as on a kernel that lacks it, so that the C library falls back to clone.
    """
    machine = platform.machine()
    if not _libc or machine not in _REFUSED:
        return {"no new processes": False, "no sockets": False}
    clone, clone3 = _CLONE[machine]
    program = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 1, 0, _AUDIT[machine]),
        (_RETURN, 0, 0, _EPERM),
        (_LOAD, 0, 0, _NUMBER),
    ]
    for number in _REFUSED[machine].values():
        program += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, _EPERM)]
    program += [(_EQUAL, 0, 1, clone3), (_RETURN, 0, 0, _ENOSYS)]
    program += [(_EQUAL, 0, 4, clone), (_LOAD, 0, 0, _FIRST)]
    program += [(_ANY_BIT, 0, 1, CLONE_THREAD), (_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _EPERM)]
    for request in _SET_FLAGS:
        program += [(_EQUAL, 0, 4, _IOCTL[machine]), (_LOAD, 0, 0, _SECOND)]
        program += [(_EQUAL, 0, 1, request), (_RETURN, 0, 0, _EPERM), (_LOAD, 0, 0, _NUMBER)]
    for number in _KILL[machine]:
        program += [(_EQUAL, 0, 4, number), (_LOAD, 0, 0, _FIRST)]
        program += [(_EQUAL, 0, 1, os.getpid()), (_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _EPERM)]
    if machine == "x86_64":  # the other table of numbers, x32, has none of these checks
        program[4:4] = [(0x35, 0, 1, 0x40000000), (_RETURN, 0, 0, _EPERM)]
    program += [(_RETURN, 0, 0, _ALLOW)]
    code = b"".join(struct.pack("=HBBI", *step) for step in program)
    buffer = ctypes.create_string_buffer(code)
    filter_ = struct.pack("HxxxxxxP", len(program), ctypes.addressof(buffer))
    held = _prctl(PR_SET_NO_NEW_PRIVS, 1)
    held = held and bool(_libc.prctl(PR_SET_SECCOMP, 2, filter_, 0, 0) == 0)
    return {"no new processes": held, "no sockets": held}
