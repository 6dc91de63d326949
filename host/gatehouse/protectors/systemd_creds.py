"""systemd's credentials (systemd 250 and newer): a key of this installation, with a TPM 2.0 also one of its chip."""

import os
import shutil
import subprocess
import sys

from gatehouse.keyfile_error import KeyFileError

PROGRAM = "systemd-creds"
NAME = "gatehouse-keys"  # systemd binds what it encrypts to this name
TIMEOUT_S = 30  # a TPM may take seconds
TRIAL = bytes(32)


class SystemdCreds:
    """`systemd-creds encrypt` and `decrypt` (systemd-creds(1)); keys go through pipes, never into an argument."""

    name = "systemd-creds"
    protects = (
        "Protects copies and backups of the key file, and with a TPM 2.0 also a disk that is taken out of this PC; it "
        "does not protect against who administers this PC, nor without a TPM against who takes the whole disk."
    )

    def why_not(self) -> str:
        """Found by a trial: the host's key is for root only, unless systemd lets others ask for it."""
        try:
            return "" if self.unwrap(self.wrap(TRIAL)) == TRIAL else f"{PROGRAM} gives back other bytes"
        except KeyFileError as failure:
            return str(failure).rstrip(".")

    def wrap(self, key: bytes) -> bytes:
        """What `systemd-creds encrypt` prints."""
        return self._run("encrypt", key)

    def unwrap(self, wrapped: bytes) -> bytes:
        """KeyFileError for other users than root, on another PC, or where the TPM does not agree any more."""
        try:
            return self._run("decrypt", wrapped)
        except KeyFileError as failure:
            if sys.platform != "win32" and os.geteuid() != 0:
                raise KeyFileError(
                    f"{failure} What root has sealed only root may unseal, and this is another user. Run Gatehouse as "
                    "root, or have the keys sealed for this user: sudo gatehouse keys protect --with file"
                ) from None
            raise KeyFileError(
                f"{failure} If this is another PC, a new installation, or its firmware was changed, restore the keys "
                "from a backup: gatehouse restore keys"
            ) from None

    def forget(self, _wrapped: bytes) -> bool:
        """The key is the installation's, and other services use it."""
        return False

    def _run(self, verb: str, given: bytes) -> bytes:
        program = shutil.which(PROGRAM)
        if program is None:
            raise KeyFileError(f"{PROGRAM} is not installed.")
        command = [program, verb, f"--name={NAME}", "-", "-"]
        try:
            done = subprocess.run(command, input=given, capture_output=True, timeout=TIMEOUT_S, check=False)
        except subprocess.TimeoutExpired:
            raise KeyFileError(f"{PROGRAM} {verb} did not end within {TIMEOUT_S} s.") from None
        except OSError as failure:
            raise KeyFileError(f"{PROGRAM} cannot be started ({failure.strerror}).") from None
        if done.returncode:
            said = done.stderr.decode(errors="replace").strip().splitlines()
            raise KeyFileError(f"{PROGRAM} {verb} failed: {said[-1] if said else 'no reason given'}.")
        return done.stdout
