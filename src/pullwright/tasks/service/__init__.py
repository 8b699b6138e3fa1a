"""The use cases of the service: what people and programs may do with tasks. Faces and triggers call these, and nothing below.

service/
├── config       ServiceConfig: how a service is started
├── service      Service: database, bells, blobs, vault, live frames, models
├── models       what the names of models stand for; modelling: an administrator sets that
├── dispatching  dispatch · cancel · retry · pause · resume · choose
├── giving       prompt, steer, answer, interrupt, raise the budget: into a running turn, or as the next one
├── reviewing    comments, send back, approve
├── views        TaskView and what hangs on it, for API and command line
├── listing      lists of tasks, a line each; doing: what runs at the moment
├── queueing     turns put at the end of the queue, and taken out of it
├── notes        a reviewer's notes as the agent reads them
└── states       a task's state by its attempts'
"""
