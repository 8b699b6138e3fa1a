"""Setup layers: made once, kept without what is tracked, over any commit, below attempts. As root and as an ordinary user."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from pathlib import Path

import pytest
from staging import Stage, everything  # pyright: ignore

sys.path.insert(0, str(Path(__file__).parents[2] / "security"))
from users import USERS, place, run_as

from pullwright.protocol.errors import SetupFailed
from pullwright.workspace.removal import remove_tree
from pullwright.workspace.setups.kept import Setups

SCRIPT = """
mkdir -p build vendor ~/.local/bin
echo "$RANDOM$RANDOM" > build/number
echo made > vendor/lib
echo '#!/bin/sh
echo tool' > ~/.local/bin/mytool
chmod +x ~/.local/bin/mytool
echo kept > ~/.config-of-mine
"""


@pytest.mark.parametrize("user", USERS)
def test_a_layer_is_made_once_and_lies_below_attempts(user: str) -> None:
    with place(user) as folder:

        async def body() -> None:
            stage = Stage(folder)
            made = await stage.set_up(stage.order(SCRIPT))
            assert made.fresh
            look = "cat build/number vendor/lib ~/.config-of-mine; mytool; echo more >> vendor/lib; rm build/number"
            first = await stage.sh(made, look)
            number, *rest = first.split("\n")
            assert rest == ["made", "kept", "tool"]
            again = await stage.set_up(stage.order(SCRIPT))
            assert not again.fresh
            assert stage.said == b""
            assert (await stage.sh(again, "cat build/number vendor/lib; ls ~ -A")).split("\n")[:2] == [number, "made"]
            made.layer.release()
            again.layer.release()

        run_as(user, body)


def test_it_survives_another_commit_and_never_hides_what_that_tracks(tmp_path: Path) -> None:
    async def body() -> None:
        stage = Stage(tmp_path)
        made = await stage.set_up(
            stage.order("mkdir -p vendor gen pkg/sub; echo setup | tee vendor/lib vendor/x gen/a pkg/sub/y thing")
        )
        other = stage.commit(
            vendor__lib="tracked\n", gen="a file\n", pkg__sub="a file too\n", thing__deep="folder\n", app_DOT_py="new\n"
        )
        look = "cat vendor/lib vendor/x gen pkg/sub thing/deep app.py; git status --porcelain"
        said = await stage.sh(made, look, at=other)
        assert said == "tracked\nsetup\na file\na file too\nfolder\nnew\n?? vendor/x"
        assert (await stage.sh(made, "cat vendor/lib gen/a pkg/sub/y thing app.py")).split("\n")[:4] == ["setup"] * 4
        keys = {(await stage.set_up(stage.order("true", at=commit))).layer.key for commit in (stage.head, other)}
        assert len(keys) == 1, "the same script and lock files: one layer"
        locked = stage.commit(requirements_DOT_txt="one==2\n")
        assert (await stage.set_up(stage.order("true", at=locked))).fresh

    asyncio.run(body())


def test_tracked_files_that_setup_changed_are_told_and_dropped(tmp_path: Path) -> None:
    async def body() -> None:
        stage = Stage(tmp_path)
        script = "echo harm >> app.py; rm requirements.txt; rm -r pkg; mkdir pkg; echo new > pkg/new; touch .gitignore"
        made = await stage.set_up(stage.order(f"{script}; git config a.b c"))
        dropped = made.layer.meta.dropped
        assert sorted(dropped) == ["app.py (was changed)", "pkg/ (was removed and made again)", "requirements.txt (was removed)"]
        assert (
            await stage.sh(made, "cat app.py requirements.txt pkg/mod.py pkg/new; git config a.b")
            == "print('hi')\none==1\nx = 1\nnew"
        )
        assert not (made.layer.tree / ".git").exists()

    asyncio.run(body())


def test_what_setup_made_is_no_part_of_a_change(tmp_path: Path) -> None:
    async def body() -> None:
        stage = Stage(tmp_path)
        script = "mkdir node_modules venvlike env2; touch venvlike/pyvenv.cfg; echo '*' > env2/.gitignore"
        script += "; mkdir $'x\\n*'; touch $'x\\n*/pyvenv.cfg'"
        made = await stage.set_up(stage.order(f"{script}; echo 1 | tee node_modules/a env2/a venvlike/a"))
        await stage.sh(made, "echo 2 | tee node_modules/b env2/b venvlike/b; rm node_modules/a; echo mine > own.txt")
        assert stage.changed == ("own.txt",)

    asyncio.run(body())


def test_many_at_once_make_it_once_and_share_a_failure(tmp_path: Path) -> None:
    async def body() -> None:
        stage = Stage(tmp_path)
        made = await asyncio.gather(*(stage.set_up(stage.order("sleep 0.3; mkdir build; touch build/x")) for _ in range(5)))
        assert sorted(one.fresh for one in made) == [False] * 4 + [True]
        failures = await asyncio.gather(
            *(stage.set_up(stage.order("sleep 0.3; date +%N > build; exit 9")) for _ in range(3)), return_exceptions=True
        )
        assert all(isinstance(failure, SetupFailed) and failure.line == 1 for failure in failures)
        assert not list(stage.cache.glob("setups/.making-*"))
        with pytest.raises(SetupFailed, match=r"line 2 \(ls /not-there\): exit code 2"):
            await stage.set_up(stage.order("true\nls /not-there"))

    asyncio.run(body())


def test_a_layer_in_use_is_not_evicted_and_an_unused_one_is(tmp_path: Path) -> None:
    async def body() -> None:
        stage = Stage(tmp_path)
        one = await stage.set_up(stage.order("mkdir build; head -c 2000000 /dev/zero > build/one"))
        two = await stage.set_up(stage.order("mkdir build; head -c 2000000 /dev/zero > build/two"))
        setups = Setups(stage.cache, most_bytes=0)
        two.layer.release()
        setups.evict()
        assert one.layer.folder.exists()
        assert not two.layer.folder.exists()
        one.layer.release()
        setups.evict()
        assert not one.layer.folder.exists()

    asyncio.run(body())


@pytest.mark.skipif(os.geteuid() != 0, reason="a killed process is looked for as root")
def test_killed_in_the_middle_it_leaves_no_half_layer(tmp_path: Path) -> None:
    async def body() -> None:
        stage = Stage(tmp_path)
        child = os.fork()
        if child == 0:
            try:
                asyncio.run(stage.set_up(stage.order("mkdir build; touch build/half; sleep 60")))
            finally:
                os._exit(0)
        for _ in range(500):
            if list(stage.cache.glob("setups/.making-*/upper/build/half")):
                break
            await asyncio.sleep(0.02)
        os.kill(child, 9)
        os.waitpid(child, 0)
        assert not list(stage.cache.glob("setups/*/meta"))
        assert len(list(stage.cache.glob("setups/.making-*"))) == 1
        await asyncio.sleep(0.3)  # launch ends what the dead one left
        made = await stage.set_up(stage.order("mkdir build; touch build/half; echo again"))
        assert made.fresh
        assert not list(stage.cache.glob("setups/.making-*"))

    asyncio.run(body())


HOSTILE = r"""
mkdir -p many out
ln -s /etc/shadow out/shadow; ln -s ../../../../../etc out/up; ln -s / ~/root
mkfifo pipe ~/pipe; python3 -c "import socket; socket.socket(socket.AF_UNIX).bind('sock')"
mknod dev c 1 3 || true; mknod ~/white c 0 0 || true
cp /bin/true suid; chmod 4755 suid || true
python3 - <<'E'
import os
for i in range(COUNT): os.close(os.open(f'many/{i}', os.O_CREAT, 0o600))
for place in (os.path.expanduser('~'),):
    os.mkdir(place + '/d')
    for name in ('user.overlay.opaque', 'user.overlay.redirect', 'user.overlay.whiteout'):
        try: os.setxattr(place + '/d', name, b'y')
        except OSError as e: print(name, e)
deep = 'x'
os.chdir('many')
for i in range(400):
    os.mkdir('x'); os.chdir('x')
E
truncate -s 1500M huge; chmod 000 out
(setsid sleep 300; echo late > late) &
"""


@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize("count", [500, pytest.param(100_000, marks=pytest.mark.slow)])
def test_a_hostile_script_leaves_nothing_but_files_folders_and_links(user: str, count: int) -> None:
    with place(user) as folder:

        async def body() -> None:
            stage = Stage(folder)
            outside = folder / "outside"
            outside.write_text("untouched")
            hidden = {"KEY": "never-to-be-found-0123456789"}
            made = await stage.set_up(stage.order(HOSTILE.replace("COUNT", str(count)), hidden=hidden))
            paths = everything(made.layer.folder)
            assert len(paths) > count
            kinds = {oct(path.lstat().st_mode & 0o170000) for path in paths}
            assert kinds == {"0o100000", "0o40000", "0o120000"}
            assert not any(path.lstat().st_mode & 0o7000 for path in paths if not path.is_symlink())
            marked = [path for path in paths if any("overlay" in name for name in os.listxattr(path, follow_symlinks=False))]
            assert marked == []
            assert max(len(path.relative_to(made.layer.folder).parts) for path in paths) < 210
            assert "late" not in {path.name for path in paths}
            said = await stage.sh(made, "ls many | wc -l; readlink out/shadow; ls ~; stat -c %a suid; ls -ld out | cut -c1-10")
            assert said.split("\n")[:2] == [str(count + 1), "/etc/shadow"]
            remove_tree(made.layer.folder)
            assert outside.read_text() == "untouched"

        run_as(user, body)


@pytest.mark.skipif(os.geteuid() != 0 or shutil.which("runsc") is None, reason="needs root and runsc")
def test_under_gvisor_it_is_the_same(tmp_path: Path) -> None:
    async def body() -> None:
        stage = Stage(tmp_path)
        script = "mkdir -p build d; echo $USER > build/x; rm -r pkg; echo hi > ~/mine; ln -s /etc/shadow d/l; mkfifo p; echo done"
        made = await stage.set_up(stage.order(script, backend="gvisor"))
        assert made.layer.meta.dropped == ("pkg (was removed)",)
        look = "cat ~/mine pkg/mod.py; readlink d/l; test -e p || echo none; rm build/x ~/mine; echo more > ~/more"
        assert await stage.sh(made, look, name="gvisor") == "hi\nx = 1\n/etc/shadow\nnone"
        assert await stage.sh(made, look) == "hi\nx = 1\n/etc/shadow\nnone", "a layer is the same for every backend"

    asyncio.run(body())
