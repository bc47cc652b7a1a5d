#!/usr/bin/env python3
"""Random work on a tree, and a look at all of it.

trees.py operations SEED COUNT   a shell script of COUNT file operations, each reporting its status
trees.py list DIRECTORY          one line for each object: type, mode, owner, size, links, content,
                                 attributes; what two equal trees have in common
"""
import hashlib
import os
import random
import stat
import sys

DIRECTORIES = ['/data', '/data/deep', '/data/deep/er', '/opt', '/opt/whole', '/opt/merged', '/etc', '/home',
               '/new1', '/new1/a', '/new2', '/data/new3']
NAMES = ['www', 'gone', 'file', 'low', 'high', 'hidden', 'shadow', 'passwd', 'a', 'b', 'c', 'set-id']
IDS = ['0:0', '33:33', '1000:1000', '0:1000', '65534:65534', '1000:0']
MODES = ['0644', '0600', '0755', '4755', '2755', '1777', '0000', '0444', '6711', '0700']


def operation(random_):
    def path():
        return random_.choice(DIRECTORIES) + '/' + random_.choice(NAMES)

    def any_path():
        return random_.choice([path(), path(), random_.choice(DIRECTORIES)])

    word = str(random_.randrange(10 ** 6))
    return random_.choice([
        lambda: f'echo {word} >{path()}',
        lambda: f'echo {word} >>{path()}',
        lambda: f'echo {word} >>{path()}',
        lambda: f'truncate -s {random_.randrange(9000)} {path()}',
        lambda: f'dd if=/bin/busybox of={path()} bs=1000 count={random_.randrange(1, 40)} '
                f'seek={random_.randrange(20)} conv=notrunc',
        lambda: f'mkdir {random_.choice(DIRECTORIES)}',
        lambda: f'mkdir -p {random_.choice(DIRECTORIES)}',
        lambda: f'rmdir {random_.choice(DIRECTORIES)}',
        lambda: f'rm {path()}',
        lambda: f'rm -rf {random_.choice(DIRECTORIES[1:])}',
        lambda: f'mv {path()} {path()}',
        lambda: f'mv {random_.choice(DIRECTORIES[3:])} {path()}',
        lambda: f'ln {path()} {path()}',
        lambda: f'ln -s {path()} {path()}',
        lambda: f'mkfifo {random_.choice(DIRECTORIES)}/fifo',
        lambda: f'cp -a {path()} {path()}',
        lambda: f'cp -a {random_.choice(DIRECTORIES)} {path()}',
        lambda: f'chmod {random_.choice(MODES)} {any_path()}',
        lambda: f'chmod {random_.choice(MODES)} {any_path()}',
        lambda: f'chown -h {random_.choice(IDS)} {any_path()}',
        lambda: f'chown {random_.choice(IDS)} {any_path()}',
        lambda: f'touch -d 2001-02-03 {path()}',
    ])()


def operations(seed, count):
    random_ = random.Random(seed)
    print('umask 022')
    for i in range(count):
        # nobody waits at a fifo: none of NAMES is one
        print(f'( {operation(random_)} ) </dev/null >/dev/null 2>&1; echo {i} $?')


def content(path, st):
    if stat.S_ISLNK(st.st_mode):
        return os.readlink(path)
    if stat.S_ISREG(st.st_mode):
        with open(path, 'rb') as file:
            return hashlib.sha256(file.read()).hexdigest()
    return '-'


def attributes(path):
    found = []
    for name in sorted(os.listxattr(path, follow_symlinks=False)):
        if not name.startswith('trusted.overlay.'):
            found.append(name + '=' + os.getxattr(path, name, follow_symlinks=False).hex())
    return ','.join(found) or '-'


def show(path, name):
    st = os.lstat(path)
    is_dir = stat.S_ISDIR(st.st_mode)
    print(name, oct(st.st_mode), f'{st.st_uid}:{st.st_gid}', '-' if is_dir else st.st_size,
          '-' if is_dir else st.st_nlink, content(path, st), attributes(path))


def list_tree(top):
    show(top, '/')
    for directory, directories, files in os.walk(top):
        directories.sort()
        for name in sorted(directories + files):
            path = os.path.join(directory, name)
            show(path, os.path.relpath(path, top))


if sys.argv[1] == 'operations':
    operations(int(sys.argv[2]), int(sys.argv[3]))
else:
    list_tree(sys.argv[2])
