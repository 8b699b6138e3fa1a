"""Setup layers: what a setup script made, kept in the cache and laid between a checkout and the attempts over it.

setups/
├── kept          Setups: the layers in the cache, locked like checkouts (eviction, locks)
├── sifting       from what a sandbox left to a layer: tracked files stay out, nothing but files, folders and links stays in
├── scrubbing     what is kept made harmless: modes, marks, special files, depth, number
└── fitting       a layer over another commit: what is tracked there is never hidden by it
"""
