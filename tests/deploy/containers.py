"""Containers without a container service: buildah builds, podman runs, both with a store of the tests' own, as root.

No registry is asked: the Dockerfile's base is made here from Debian's packages, under the name that the Dockerfile gives it.
"""

import os
import shutil
import subprocess
import time

BASE = "docker.io/library/debian:bookworm-slim"

STORAGE = """[storage]
driver = "overlay"
graphroot = "{0}/storage"
runroot = "{0}/run"
"""

# No cgroups and the host's network: enough to run a server, and nothing that a test machine would have to set up.
ENGINE = """[containers]
cgroups = "disabled"
netns = "host"
log_driver = "k8s-file"
default_ulimits = []
[engine]
cgroup_manager = "cgroupfs"
runtime = "crun"
events_logger = "file"
"""

# crun refuses a machine with both versions of cgroups mounted: hidden from this process alone.
WITHOUT_CGROUP_2 = ["unshare", "-m", "--propagation", "private", "sh", "-c",
                    'umount /sys/fs/cgroup/unified 2>/dev/null; exec "$@"', "sh"]


class Containers:
    """buildah and podman with a store in `folder`."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "storage.conf").write_text(STORAGE.format(folder))
        (folder / "containers.conf").write_text(ENGINE)
        # A policy and an empty list of registries, where the machine has none: nothing is pulled.
        (folder / "policy.json").write_text('{"default": [{"type": "insecureAcceptAnything"}]}')
        self.as_root = [] if os.geteuid() == 0 else ["sudo", "-n"]
        self.env = [f"CONTAINERS_STORAGE_CONF={folder}/storage.conf", f"CONTAINERS_CONF={folder}/containers.conf"]

    def run(self, *command, rc=0, timeout=1200):
        """Runs a command as root and returns its output."""
        done = subprocess.run([*self.as_root, "env", *self.env, *map(str, command)], capture_output=True, text=True, timeout=timeout)
        if rc is not None and done.returncode != rc:
            raise AssertionError(f"{' '.join(map(str, command))}: exit code {done.returncode}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}")
        return done.stdout.strip()

    def podman(self, *arguments, **options):
        return self.run(*WITHOUT_CGROUP_2, "podman", *arguments, **options)

    def make_base(self, tarball):
        """debian:bookworm-slim from Debian's packages; the archive of it is kept in `tarball`."""
        if not tarball.exists():
            part = tarball.with_suffix(".part.tar")
            sources = [path for path in ("/etc/apt/sources.list.d/debian.sources", "/etc/apt/sources.list") if os.path.exists(path)][0]
            self.run("mmdebstrap", "--variant=minbase", "--include=ca-certificates", '--aptopt=Acquire::Languages "none"',
                     "--dpkgopt=path-exclude=/usr/share/man/*", "--dpkgopt=path-exclude=/usr/share/doc/*",
                     "--dpkgopt=path-exclude=/usr/share/locale/*", "bookworm", part, sources)
            self.run("mv", part, tarball)
        self.podman("import", tarball, BASE)

    def build(self, dockerfile, context, name):
        self.run("buildah", "bud", "--isolation", "chroot", "--pull-never", "--format", "docker",
                 "--signature-policy", self.folder / "policy.json", "-t", name, "-f", dockerfile, context)

    def wait_until_healthy(self, name, patience=60):
        """Runs the image's health check as the engine's timer would, until it holds."""
        end = time.monotonic() + patience
        while time.monotonic() < end:
            self.podman("healthcheck", "run", name, rc=None)
            if self.podman("inspect", "--format", "{{.State.Health.Status}}", name, rc=None) == "healthy":
                return
            time.sleep(0.2)
        raise AssertionError(f"{name} is not healthy:\n{self.podman('logs', name, rc=None)}")

    def remove(self):
        """All containers, images and volumes of this store, and the store."""
        self.podman("rm", "--all", "--force", "--time", "0", rc=None)
        self.run("sh", "-c", f"umount -R {self.folder}/storage/overlay 2>/dev/null; rm -rf {self.folder}/storage {self.folder}/run", rc=None)
        shutil.rmtree(self.folder, ignore_errors=True)
