"""Toolchains outside the system's folders, by the tools that put them there.

kit.py          Kit (what one toolchain needs inside), Place (project, person's home and variables)
├── python.py       venvs, pyenv, uv, conda, pipx
├── node.py         nvm, fnm, volta, n, bun, deno
├── compiled.py     rustup and cargo, go, sdkman, JAVA_HOME, GOROOT
├── prefixes.py     Homebrew, Nix, mise, asdf, folders below /opt
└── asked.py        which of them the project has files for
"""
