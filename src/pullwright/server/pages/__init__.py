"""Pages for a browser without any script: signing in, the first run, and the review of a task on a plain git remote.

pages/
├── markup      HTML that is escaped unless it says otherwise
├── frame       what all pages share: head, style, policy
├── sign_in     the sign-in page and the first run's
├── difference  a diff as a table with line numbers
├── index       the first page: tasks, those that wait for a review first
├── review      a task's report, change, comments, and the forms to approve or send it back
└── site        their routes
"""
