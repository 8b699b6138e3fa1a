"""Who asks. A credential comes as a key (Bearer), as a cookie with its CSRF token, or is the unix socket's peer itself.

entrance/
├── entrance     the caller of a request, whichever way they came
├── people       who may come in, as this server is set up
├── cookies      the cookie of a sign-in
├── csrf         whether a browser's request comes from our own pages
├── oidc         sign-in by an OpenID Connect provider
└── first_run    the one-time link with which the first administrator is made
"""
