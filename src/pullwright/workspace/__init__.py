"""Git outside the sandbox: mirrors, checkouts, snapshots, checkpoints, the change.

workspace/
├── snapshot      snapshot(project) → Workspace; reopen after a crash; fork
│   ├── repository    the person's repository, read as data         (config; person: includes)
│   ├── mirror        a bare copy of its objects for each source    (locks)
│   ├── checkouts     a read-only checkout for each commit          (locks, submodules, lfs, eviction)
│   └── uncommitted   what the person has not committed, as a tree
├── workspace     Workspace: checkpoint, restore, materialise, diff, commit, apply
│   ├── upper         what the sandbox left in the overlay → a tree (ignore, glance)
│   ├── rollback      emptying an upper for a restore           (removal: trees of any depth)
│   ├── change        commits on a new branch of the person's
│   └── handback      the change into the person's files, and out again
├── shipping      Shipper, land: a session's files where every worker reaches them, and made anew from there
├── inplace       open_in_place(project) → InPlace: the person's own folder, their edits told from the agent's
│   ├── look          the folder as a tree, for a stat of each file (uncommitted)
│   ├── protection    what in it the agent may not write, and not read   (credentials)
│   ├── authors       who made each checkpoint
│   ├── rewind        the agent's work taken back, theirs kept      (merging, conversion)
│   └── accepted      the agent's work as a commit                  (advance: the person's branch and index)
├── clone         the service's own copy of a project: fetch, push one branch with a lease, bundles
│   ├── transport     addresses, credentials and what a failure over the network means
│   └── joining       merge, squash and rebase by plumbing
├── setups/       layers of what setup scripts made, over any commit's checkout
├── placing       files put into the person's folder, all or nothing
├── files         Files: what both have; reading: what is in their trees
├── names         the names of a commit's files, to be searched        (fuzzy: which fit the letters typed)
├── layers        overlay layers from outside: whiteouts, opaque folders
├── objects       git objects without a process each                (journal; trees: differences)
└── git           git on the host, hardened                         (blocking: worker threads)
"""
