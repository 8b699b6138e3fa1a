"""OCI images as base roots: read from a layout folder or a tar, unpacked once into the cache. What they hold is hostile.

images/
├── unpacked      unpacked(path) -> Image: the root file system in the cache, by digest
│   ├── archive       the files of an image: a folder, or a tar
│   ├── manifest      what is in it: which layers, by which digests (OCI layouts, `docker save`)
│   └── layering      one layer after the other, whiteouts and all, never outside of the root
└── pulling       an image from a registry, by skopeo or podman where they are installed
"""
