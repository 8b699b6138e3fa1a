"""A change on its way out: branch, pull request, merge; each step looks for what an earlier try has done.

publishing/
├── origin       where a project's repository lies, and what git signs in with
├── publish      publish_task: the branch pushed, one pull request, opened or brought up to date
├── standing     merge_standing: the ways of merging that a forge allows, and the checks there
├── merging      merge_task: what a person approved is merged, or laid over a base that has moved
├── recording    what is known of a pull request, written down
├── closing      a pull request whose task was given up
├── checks       what the clean runs found, as a check on the commit
├── late         changes that should be at their forge and are not
├── plain        pull requests of a plain git remote, kept in the store
└── body         title and text of the pull request, from the report
"""
