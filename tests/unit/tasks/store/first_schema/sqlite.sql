BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE answers (
	session VARCHAR(64) NOT NULL, 
	question VARCHAR(128) NOT NULL, 
	input VARCHAR(128) NOT NULL, 
	CONSTRAINT pk_answers PRIMARY KEY (session, question)
);
INSERT INTO "answers" VALUES('answers_session','answers_question','answers_input');
CREATE TABLE attempts (
	id VARCHAR(64) NOT NULL, 
	task_id VARCHAR(64) NOT NULL, 
	number INTEGER NOT NULL, 
	session VARCHAR(64) NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	branch VARCHAR(200) NOT NULL, 
	head VARCHAR(64) NOT NULL, 
	verdict VARCHAR(16) NOT NULL, 
	outcome_json JSON, 
	spend_json JSON NOT NULL, 
	created FLOAT NOT NULL, 
	changed FLOAT NOT NULL, 
	CONSTRAINT pk_attempts PRIMARY KEY (id), 
	CONSTRAINT fk_attempts_task_id FOREIGN KEY(task_id) REFERENCES tasks (id) ON DELETE CASCADE, 
	CONSTRAINT uq_attempts_session UNIQUE (session), 
	CONSTRAINT uq_attempts_task_id_number UNIQUE (task_id, number)
);
INSERT INTO "attempts" VALUES('attempts_id','tasks_id',3,'attempts_session','review','attempts_branch','attempts_head','verified','{"type": "succeeded", "why": "done", "change": {"branch": "b", "base": "1", "head": "2"}}','{"usage": {"input": 10}, "cost_usd": 0.25}',1764000000.5,1764000000.5);
CREATE TABLE audit (
	number INTEGER NOT NULL, 
	time FLOAT NOT NULL, 
	user_id VARCHAR(64) NOT NULL, 
	key_id VARCHAR(64) NOT NULL, 
	action VARCHAR(64) NOT NULL, 
	object VARCHAR(128) NOT NULL, 
	project_id VARCHAR(64) NOT NULL, 
	detail_json JSON NOT NULL, 
	address VARCHAR(200) NOT NULL, 
	CONSTRAINT pk_audit PRIMARY KEY (number)
);
INSERT INTO "audit" VALUES(3,1764000000.5,'audit_user_id','audit_key_id','audit_action','audit_object','audit_project_id','{"name": "x"}','audit_address');
CREATE TABLE budgets (
	scope VARCHAR(16) NOT NULL, 
	scope_id VARCHAR(64) NOT NULL, 
	period VARCHAR(8) NOT NULL, 
	usd FLOAT, 
	tokens INTEGER, 
	CONSTRAINT pk_budgets PRIMARY KEY (scope, scope_id, period)
);
INSERT INTO "budgets" VALUES('user','budgets_scope_id','day',1764000000.5,3);
CREATE TABLE comments (
	id VARCHAR(64) NOT NULL, 
	task_id VARCHAR(64) NOT NULL, 
	attempt_id VARCHAR(64) NOT NULL, 
	review_id VARCHAR(64), 
	user_id VARCHAR(64) NOT NULL, 
	path TEXT NOT NULL, 
	side VARCHAR(8) NOT NULL, 
	line INTEGER NOT NULL, 
	end_line INTEGER NOT NULL, 
	head VARCHAR(64) NOT NULL, 
	text TEXT NOT NULL, 
	created FLOAT NOT NULL, 
	CONSTRAINT pk_comments PRIMARY KEY (id), 
	CONSTRAINT fk_comments_task_id FOREIGN KEY(task_id) REFERENCES tasks (id) ON DELETE CASCADE
);
INSERT INTO "comments" VALUES('comments_id','tasks_id','comments_attempt_id','comments_review_id','comments_user_id','comments path: it''s é','new',3,3,'comments_head','comments text: it''s é',1764000000.5);
CREATE TABLE connections (
	id VARCHAR(64) NOT NULL, 
	name VARCHAR(200) NOT NULL, 
	forge VARCHAR(16) NOT NULL, 
	base_url TEXT NOT NULL, 
	settings_json JSON NOT NULL, 
	credential BLOB, 
	webhook_secret BLOB, 
	created FLOAT NOT NULL, 
	CONSTRAINT pk_connections PRIMARY KEY (id), 
	CONSTRAINT uq_connections_name UNIQUE (name)
);
INSERT INTO "connections" VALUES('connections_id','connections_name','github','connections base_url: it''s é','{"sign_in": "app", "app_id": "7"}',X'7B2261223A317D00FF',X'7B2261223A317D00FF',1764000000.5);
CREATE TABLE deliveries (
	connection_id VARCHAR(64) NOT NULL, 
	id VARCHAR(128) NOT NULL, 
	event VARCHAR(64) NOT NULL, 
	body BLOB NOT NULL, 
	headers_json JSON NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	why TEXT NOT NULL, 
	received FLOAT NOT NULL, 
	CONSTRAINT pk_deliveries PRIMARY KEY (connection_id, id)
);
INSERT INTO "deliveries" VALUES('deliveries_connection_id','deliveries_id','deliveries_event',X'7B2261223A317D00FF','{"x-event": "push"}','done','deliveries why: it''s é',1764000000.5);
CREATE TABLE effects (
	mark VARCHAR(200) NOT NULL, 
	task_id VARCHAR(64) NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	reference TEXT NOT NULL, 
	changed FLOAT NOT NULL, 
	CONSTRAINT pk_effects PRIMARY KEY (mark)
);
INSERT INTO "effects" VALUES('effects_mark','effects_task_id','done','effects reference: it''s é',1764000000.5);
CREATE TABLE environments (
	id VARCHAR(64) NOT NULL, 
	project_id VARCHAR(64) NOT NULL, 
	name VARCHAR(200) NOT NULL, 
	spec_json JSON NOT NULL, 
	created FLOAT NOT NULL, 
	changed FLOAT NOT NULL, 
	CONSTRAINT pk_environments PRIMARY KEY (id), 
	CONSTRAINT fk_environments_project_id FOREIGN KEY(project_id) REFERENCES projects (id) ON DELETE CASCADE, 
	CONSTRAINT uq_environments_project_id_name UNIQUE (project_id, name)
);
INSERT INTO "environments" VALUES('environments_id','projects_id','environments_name','{"setup": "make deps", "variables": {"A": "1"}, "network": {"rules": [{"host": "a.example"}]}}',1764000000.5,1764000000.5);
CREATE TABLE events (
	session VARCHAR(64) NOT NULL, 
	seq INTEGER NOT NULL, 
	data BLOB NOT NULL, 
	CONSTRAINT pk_events PRIMARY KEY (session, seq)
);
INSERT INTO "events" VALUES('events_session',3,X'7B2261223A317D00FF');
CREATE TABLE inputs (
	number INTEGER NOT NULL, 
	session VARCHAR(64) NOT NULL, 
	id VARCHAR(128) NOT NULL, 
	data BLOB NOT NULL, 
	"by" VARCHAR(64) NOT NULL, 
	created FLOAT NOT NULL, 
	CONSTRAINT pk_inputs PRIMARY KEY (number), 
	CONSTRAINT uq_inputs_session_id UNIQUE (session, id)
);
INSERT INTO "inputs" VALUES(3,'inputs_session','inputs_id',X'7B2261223A317D00FF','inputs_by',1764000000.5);
CREATE TABLE keys (
	id VARCHAR(64) NOT NULL, 
	token_hash VARCHAR(64) NOT NULL, 
	shown VARCHAR(24) NOT NULL, 
	name VARCHAR(200) NOT NULL, 
	user_id VARCHAR(64) NOT NULL, 
	project_id VARCHAR(64), 
	scopes JSON NOT NULL, 
	created FLOAT NOT NULL, 
	expires FLOAT, 
	used FLOAT, 
	revoked FLOAT, 
	CONSTRAINT pk_keys PRIMARY KEY (id), 
	CONSTRAINT fk_keys_project_id FOREIGN KEY(project_id) REFERENCES projects (id) ON DELETE CASCADE, 
	CONSTRAINT fk_keys_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE, 
	CONSTRAINT uq_keys_token_hash UNIQUE (token_hash)
);
INSERT INTO "keys" VALUES('keys_id','keys_token_hash','keys_shown','keys_name','users_id','projects_id','["read", "dispatch"]',1764000000.5,1764000000.5,1764000000.5,1764000000.5);
CREATE TABLE live_texts (
	session VARCHAR(64) NOT NULL, 
	hub VARCHAR(32) NOT NULL, 
	data BLOB NOT NULL, 
	updated FLOAT NOT NULL, 
	CONSTRAINT pk_live_texts PRIMARY KEY (session)
);
INSERT INTO "live_texts" VALUES('live_texts_session','live_texts_hub',X'7B2261223A317D00FF',1764000000.5);
CREATE TABLE log_heads (
	session VARCHAR(64) NOT NULL, 
	seq INTEGER NOT NULL, 
	generation INTEGER NOT NULL, 
	created FLOAT NOT NULL, 
	CONSTRAINT pk_log_heads PRIMARY KEY (session)
);
INSERT INTO "log_heads" VALUES('log_heads_session',3,3,1764000000.5);
CREATE TABLE memberships (
	user_id VARCHAR(64) NOT NULL, 
	project_id VARCHAR(64) NOT NULL, 
	role VARCHAR(16) NOT NULL, 
	CONSTRAINT pk_memberships PRIMARY KEY (user_id, project_id), 
	CONSTRAINT fk_memberships_project_id FOREIGN KEY(project_id) REFERENCES projects (id) ON DELETE CASCADE, 
	CONSTRAINT fk_memberships_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);
INSERT INTO "memberships" VALUES('users_id','projects_id','member');
CREATE TABLE projects (
	id VARCHAR(64) NOT NULL, 
	name VARCHAR(200) NOT NULL, 
	forge VARCHAR(16) NOT NULL, 
	connection_id VARCHAR(64), 
	url TEXT NOT NULL, 
	slug VARCHAR(200) NOT NULL, 
	default_branch VARCHAR(200) NOT NULL, 
	settings_json JSON NOT NULL, 
	created FLOAT NOT NULL, 
	archived FLOAT, 
	CONSTRAINT pk_projects PRIMARY KEY (id), 
	CONSTRAINT fk_projects_connection_id FOREIGN KEY(connection_id) REFERENCES connections (id), 
	CONSTRAINT uq_projects_name UNIQUE (name)
);
INSERT INTO "projects" VALUES('projects_id','projects_name','github','connections_id','projects url: it''s é','projects_slug','projects_default_branch','{"publish": "on-approval", "labels": ["bot"]}',1764000000.5,1764000000.5);
CREATE TABLE pull_requests (
	task_id VARCHAR(64) NOT NULL, 
	attempt_id VARCHAR(64) NOT NULL, 
	project_id VARCHAR(64) NOT NULL, 
	number INTEGER NOT NULL, 
	url TEXT NOT NULL, 
	branch VARCHAR(200) NOT NULL, 
	base VARCHAR(200) NOT NULL, 
	head VARCHAR(64) NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	merged VARCHAR(64) NOT NULL, 
	created FLOAT NOT NULL, 
	changed FLOAT NOT NULL, 
	CONSTRAINT pk_pull_requests PRIMARY KEY (task_id), 
	CONSTRAINT fk_pull_requests_task_id FOREIGN KEY(task_id) REFERENCES tasks (id) ON DELETE CASCADE
);
INSERT INTO "pull_requests" VALUES('tasks_id','pull_requests_attempt_id','pull_requests_project_id',3,'pull_requests url: it''s é','pull_requests_branch','pull_requests_base','pull_requests_head','draft','pull_requests_merged',1764000000.5,1764000000.5);
CREATE TABLE reviews (
	id VARCHAR(64) NOT NULL, 
	task_id VARCHAR(64) NOT NULL, 
	attempt_id VARCHAR(64) NOT NULL, 
	user_id VARCHAR(64) NOT NULL, 
	verdict VARCHAR(16) NOT NULL, 
	note TEXT NOT NULL, 
	head VARCHAR(64) NOT NULL, 
	turn_id VARCHAR(64) NOT NULL, 
	created FLOAT NOT NULL, 
	CONSTRAINT pk_reviews PRIMARY KEY (id), 
	CONSTRAINT fk_reviews_task_id FOREIGN KEY(task_id) REFERENCES tasks (id) ON DELETE CASCADE
);
INSERT INTO "reviews" VALUES('reviews_id','tasks_id','reviews_attempt_id','reviews_user_id','send-back','reviews note: it''s é','reviews_head','reviews_turn_id',1764000000.5);
CREATE TABLE schedules (
	id VARCHAR(64) NOT NULL, 
	project_id VARCHAR(64) NOT NULL, 
	name VARCHAR(200) NOT NULL, 
	cron VARCHAR(100) NOT NULL, 
	order_json JSON NOT NULL, 
	user_id VARCHAR(64) NOT NULL, 
	next FLOAT NOT NULL, 
	last FLOAT, 
	enabled BOOLEAN NOT NULL, 
	CONSTRAINT pk_schedules PRIMARY KEY (id), 
	CONSTRAINT fk_schedules_project_id FOREIGN KEY(project_id) REFERENCES projects (id) ON DELETE CASCADE, 
	CONSTRAINT fk_schedules_user_id FOREIGN KEY(user_id) REFERENCES users (id)
);
INSERT INTO "schedules" VALUES('schedules_id','projects_id','schedules_name','0 3 * * *','{"project": "projects_id", "prompt": "Upgrade"}','users_id',1764000000.5,1764000000.5,1);
CREATE TABLE secrets (
	id VARCHAR(64) NOT NULL, 
	environment_id VARCHAR(64) NOT NULL, 
	name VARCHAR(200) NOT NULL, 
	use_json JSON NOT NULL, 
	value BLOB NOT NULL, 
	created FLOAT NOT NULL, 
	CONSTRAINT pk_secrets PRIMARY KEY (id), 
	CONSTRAINT fk_secrets_environment_id FOREIGN KEY(environment_id) REFERENCES environments (id) ON DELETE CASCADE, 
	CONSTRAINT uq_secrets_environment_id_name UNIQUE (environment_id, name)
);
INSERT INTO "secrets" VALUES('secrets_id','environments_id','secrets_name','{"kind": "intercept", "host": "api.example"}',X'7B2261223A317D00FF',1764000000.5);
CREATE TABLE server_settings (
	name VARCHAR(64) NOT NULL, 
	value_json JSON NOT NULL, 
	CONSTRAINT pk_server_settings PRIMARY KEY (name)
);
INSERT INTO "server_settings" VALUES('server_settings_name','{"a": [1]}');
CREATE TABLE setups (
	id VARCHAR(64) NOT NULL, 
	environment_id VARCHAR(64) NOT NULL, 
	"key" VARCHAR(64) NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	line INTEGER NOT NULL, 
	why TEXT NOT NULL, 
	log TEXT NOT NULL, 
	worker_id VARCHAR(64) NOT NULL, 
	started FLOAT NOT NULL, 
	finished FLOAT, 
	CONSTRAINT pk_setups PRIMARY KEY (id), 
	CONSTRAINT fk_setups_environment_id FOREIGN KEY(environment_id) REFERENCES environments (id) ON DELETE CASCADE
);
INSERT INTO "setups" VALUES('setups_id','environments_id','setups_key','ready',3,'setups why: it''s é','setups log: it''s é','setups_worker_id',1764000000.5,1764000000.5);
CREATE TABLE sign_ins (
	token_hash VARCHAR(64) NOT NULL, 
	user_id VARCHAR(64) NOT NULL, 
	csrf VARCHAR(64) NOT NULL, 
	created FLOAT NOT NULL, 
	seen FLOAT NOT NULL, 
	expires FLOAT NOT NULL, 
	address VARCHAR(200) NOT NULL, 
	CONSTRAINT pk_sign_ins PRIMARY KEY (token_hash), 
	CONSTRAINT fk_sign_ins_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);
INSERT INTO "sign_ins" VALUES('sign_ins_token_hash','users_id','sign_ins_csrf',1764000000.5,1764000000.5,1764000000.5,'sign_ins_address');
CREATE TABLE tasks (
	id VARCHAR(64) NOT NULL, 
	project_id VARCHAR(64) NOT NULL, 
	environment_id VARCHAR(64), 
	title VARCHAR(200) NOT NULL, 
	prompt TEXT NOT NULL, 
	images JSON NOT NULL, 
	mode VARCHAR(8) NOT NULL, 
	ref VARCHAR(200) NOT NULL, 
	base VARCHAR(64) NOT NULL, 
	model VARCHAR(200) NOT NULL, 
	attempts INTEGER NOT NULL, 
	template VARCHAR(32) NOT NULL, 
	budget_json JSON NOT NULL, 
	priority INTEGER NOT NULL, 
	deadline FLOAT, 
	user_id VARCHAR(64) NOT NULL, 
	source_json JSON NOT NULL, 
	dedup VARCHAR(128), 
	state VARCHAR(16) NOT NULL, 
	chosen VARCHAR(64), 
	created FLOAT NOT NULL, 
	changed FLOAT NOT NULL, 
	closed FLOAT, 
	CONSTRAINT pk_tasks PRIMARY KEY (id), 
	CONSTRAINT fk_tasks_environment_id FOREIGN KEY(environment_id) REFERENCES environments (id) ON DELETE SET NULL, 
	CONSTRAINT fk_tasks_project_id FOREIGN KEY(project_id) REFERENCES projects (id) ON DELETE CASCADE, 
	CONSTRAINT fk_tasks_user_id FOREIGN KEY(user_id) REFERENCES users (id), 
	CONSTRAINT uq_tasks_dedup UNIQUE (dedup)
);
INSERT INTO "tasks" VALUES('tasks_id','projects_id','environments_id','tasks_title','tasks prompt: it''s é','[]','code','tasks_ref','tasks_base','fast',3,'tasks_template','{"usd": 1.5}',3,1764000000.5,'users_id','{"kind": "trigger", "issue": 7}','tasks_dedup','review','tasks_chosen',1764000000.5,1764000000.5,1764000000.5);
CREATE TABLE turns (
	id VARCHAR(64) NOT NULL, 
	attempt_id VARCHAR(64) NOT NULL, 
	task_id VARCHAR(64) NOT NULL, 
	project_id VARCHAR(64) NOT NULL, 
	user_id VARCHAR(64) NOT NULL, 
	number INTEGER NOT NULL, 
	kind VARCHAR(16) NOT NULL, 
	prompt_json JSON NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	priority INTEGER NOT NULL, 
	deadline FLOAT, 
	worker_id VARCHAR(64) NOT NULL, 
	generation INTEGER NOT NULL, 
	tries INTEGER NOT NULL, 
	queued FLOAT NOT NULL, 
	admitted FLOAT, 
	started FLOAT, 
	finished FLOAT, 
	outcome_json JSON, 
	CONSTRAINT pk_turns PRIMARY KEY (id), 
	CONSTRAINT fk_turns_attempt_id FOREIGN KEY(attempt_id) REFERENCES attempts (id) ON DELETE CASCADE, 
	CONSTRAINT uq_turns_attempt_id_number UNIQUE (attempt_id, number)
);
INSERT INTO "turns" VALUES('turns_id','attempts_id','turns_task_id','turns_project_id','turns_user_id',3,'prompt','{"type": "prompt", "id": "inp_1", "text": "The discount is missing"}','finished',3,1764000000.5,'turns_worker_id',3,3,1764000000.5,1764000000.5,1764000000.5,1764000000.5,'{"type": "needs_input", "why": "a question", "question": "q1", "asks": "Which?"}');
CREATE TABLE usage (
	id VARCHAR(128) NOT NULL, 
	time FLOAT NOT NULL, 
	user_id VARCHAR(64) NOT NULL, 
	project_id VARCHAR(64) NOT NULL, 
	task_id VARCHAR(64) NOT NULL, 
	attempt_id VARCHAR(64) NOT NULL, 
	key_id VARCHAR(64) NOT NULL, 
	provider VARCHAR(200) NOT NULL, 
	model VARCHAR(200) NOT NULL, 
	input INTEGER NOT NULL, 
	cached INTEGER NOT NULL, 
	cache_written INTEGER NOT NULL, 
	output INTEGER NOT NULL, 
	reasoning INTEGER NOT NULL, 
	cost_usd FLOAT, 
	seconds FLOAT NOT NULL, 
	estimated BOOLEAN NOT NULL, 
	CONSTRAINT pk_usage PRIMARY KEY (id)
);
INSERT INTO "usage" VALUES('usage_id',1764000000.5,'usage_user_id','usage_project_id','usage_task_id','usage_attempt_id','usage_key_id','usage_provider','usage_model',3,3,3,3,3,1764000000.5,1764000000.5,1);
CREATE TABLE users (
	id VARCHAR(64) NOT NULL, 
	name VARCHAR(200) NOT NULL, 
	email VARCHAR(200) NOT NULL, 
	password_hash TEXT NOT NULL, 
	subject VARCHAR(200), 
	logins_json JSON NOT NULL, 
	is_admin BOOLEAN NOT NULL, 
	disabled BOOLEAN NOT NULL, 
	created FLOAT NOT NULL, 
	CONSTRAINT pk_users PRIMARY KEY (id), 
	CONSTRAINT uq_users_name UNIQUE (name), 
	CONSTRAINT uq_users_subject UNIQUE (subject)
);
INSERT INTO "users" VALUES('users_id','users_name','users_email','users password_hash: it''s é','users_subject','{"connections_id": "ada"}',1,1,1764000000.5);
CREATE TABLE watches (
	session VARCHAR(64) NOT NULL, 
	hub VARCHAR(32) NOT NULL, 
	until FLOAT NOT NULL, 
	CONSTRAINT pk_watches PRIMARY KEY (session, hub)
);
INSERT INTO "watches" VALUES('watches_session','watches_hub',1764000000.5);
CREATE TABLE workers (
	id VARCHAR(64) NOT NULL, 
	host VARCHAR(200) NOT NULL, 
	pid INTEGER NOT NULL, 
	slots INTEGER NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	started FLOAT NOT NULL, 
	heartbeat FLOAT NOT NULL, 
	CONSTRAINT pk_workers PRIMARY KEY (id)
);
INSERT INTO "workers" VALUES('workers_id','workers_host',3,3,'gone',1764000000.5,1764000000.5);
CREATE INDEX ix_inputs_session_number ON inputs (session, number);
CREATE INDEX ix_tasks_project_created ON tasks (project_id, created);
CREATE INDEX ix_tasks_state ON tasks (state);
CREATE INDEX ix_turns_state_priority ON turns (state, priority, queued);
CREATE INDEX ix_usage_project_time ON usage (project_id, time);
CREATE INDEX ix_usage_time ON usage (time);
CREATE INDEX ix_usage_user_time ON usage (user_id, time);
COMMIT;
