"""GitHub, also Enterprise Server.

github/
├── github      GitHub: the forge
├── signin      as an App (JWT, then a token for one repository), or with a token
├── checks      check runs with annotations, statuses, what failed
└── records     its answers, as far as they are read
"""
