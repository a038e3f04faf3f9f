"""List the numbers of the system calls that some profile allows, by architecture.

From the kernel's ``arch/x86/entry/syscalls/syscall_64.tbl`` and ``include/uapi/asm-generic/
unistd.h``. Calls that an architecture does not have are left out.
"""

from __future__ import annotations

AUDIT_ARCHITECTURE = {"x86_64": 0xC000_003E, "aarch64": 0xC000_00B7}
"""The kernel's number of each architecture, which a filter reads."""

_TABLE = """
read 0 63                write 1 64               close 3 57              fstat 5 80
lseek 8 62               mmap 9 222               mprotect 10 226         munmap 11 215
brk 12 214               rt_sigaction 13 134      rt_sigprocmask 14 135   rt_sigreturn 15 139
ioctl 16 29              pread64 17 67            pwrite64 18 68          readv 19 65
writev 20 66             sched_yield 24 124       mremap 25 216           madvise 28 233
mincore 27 232           nanosleep 35 101         getpid 39 172           exit 60 93
uname 63 160             fcntl 72 25              getcwd 79 17            sysinfo 99 179
flock 73 32
getuid 102 174           getgid 104 176           geteuid 107 175         getegid 108 177
getppid 110 173          sigaltstack 131 132      gettid 186 178          futex 202 98
sched_setaffinity 203 122  sched_getaffinity 204 123  set_tid_address 218 96
restart_syscall 219 128
clock_gettime 228 113    clock_getres 229 114     clock_nanosleep 230 115 exit_group 231 94
tgkill 234 131           set_robust_list 273 99   prlimit64 302 261       getrandom 318 278
rseq 334 293             clone 56 220             clone3 435 435          getrusage 98 165
poll 7 -                 ppoll 271 73             select 23 -             pselect6 270 72
dup 32 23                dup2 33 -                dup3 292 24             prctl 157 167
getrlimit 97 -           times 100 153            gettimeofday 96 169     time 201 -
getcpu 309 168           membarrier 324 283       recvmsg 47 212          sendmsg 46 211
open 2 -                 openat 257 56            stat 4 -                lstat 6 -
newfstatat 262 79        statx 332 291            access 21 -             faccessat 269 48
faccessat2 439 439       readlink 89 -            readlinkat 267 78       getdents64 217 61
statfs 137 43            fstatfs 138 44           chdir 80 49             fchdir 81 50
mkdir 83 -               mkdirat 258 34           rmdir 84 -              unlink 87 -
unlinkat 263 35          rename 82 -              renameat 264 38         renameat2 316 276
chmod 90 -               fchmod 91 52             fchmodat 268 53         umask 95 166
ftruncate 77 46          fallocate 285 47         fsync 74 82             fdatasync 75 83         
            utimensat 280 88
link 86 -                linkat 265 37            symlink 88 -            symlinkat 266 36
fork 57 -                vfork 58 -               execve 59 221           wait4 61 260
waitid 247 95            kill 62 129              pipe 22 -               pipe2 293 59
setpgid 109 154          getpgrp 111 -            getpgid 121 155         arch_prctl 158 -
memfd_create 319 279     copy_file_range 326 285  sendfile 40 71          close_range 436 436
getsid 124 156           getresuid 118 148        getresgid 120 150       getgroups 115 158
socketpair 53 199        eventfd2 290 19          epoll_create1 291 20    epoll_ctl 233 21
epoll_wait 232 -         epoll_pwait 281 22       sched_getparam 143 121  sched_getscheduler 145 120
sched_get_priority_max 146 125  sched_get_priority_min 147 126  mlock 149 228  munlock 150 229
get_mempolicy 239 236    set_mempolicy 238 237    mbind 237 235           socket 41 198
connect 42 203           sendto 44 206            recvfrom 45 207
setsockopt 54 208
"""


def _parsed() -> dict[str, dict[str, int]]:
    words = _TABLE.split()
    tables: dict[str, dict[str, int]] = {"x86_64": {}, "aarch64": {}}
    for name, *numbers in zip(words[::3], words[1::3], words[2::3], strict=True):
        for machine, number in zip(tables, numbers, strict=True):
            if number != "-":
                tables[machine][name] = int(number)
    return tables


NUMBERS = _parsed()
"""The number of each call by its name, by machine."""
