// emulate's GitHub, with what a git server beside it must be able to say: a branch has moved, a merge commit is this one.
//
//   node emulate.mjs MODULES SEED.json PORT
//
// GET  /installation/repositories                    which emulate does not have
// POST /_double/moved   {repo, branch, sha, login}   open pull requests of the branch get the head; "synchronize" is sent
// POST /_double/merging {repo, number, sha}          the next merge of the pull request is told to have made this commit
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

const [modules, seed, port] = process.argv.slice(2)
const dist = join(modules, 'emulate/dist')
const { createEmulator } = await import(join(dist, 'api.js'))
const name = readdirSync(dist).find(
  (file) => file.startsWith('dist-') && file.endsWith('.js') && readFileSync(join(dist, file), 'utf8').includes('var githubPlugin = {'),
)
const { githubPlugin, getGitHubStore } = await import(join(dist, name))

const register = githubPlugin.register
githubPlugin.register = (app, store, webhooks, baseUrl, tokenMap) => {
  const merging = new Map()
  register(app, store, webhooks, baseUrl, tokenMap)
  const gh = getGitHubStore(store)
  const dispatch = webhooks.dispatch
  webhooks.dispatch = (event, action, payload, owner, repo) => {
    const sha = event === 'pull_request' && merging.get(`${owner}/${repo}#${payload.pull_request.number}`)
    if (sha && payload.pull_request.merged) payload = { ...payload, pull_request: { ...payload.pull_request, merge_commit_sha: sha } }
    return dispatch(event, action, payload, owner, repo)
  }
  app.get('/installation/repositories', (c) => {
    const installation = c.get('authUser')?.installation
    if (!installation) return c.json({ message: 'Resource not accessible' }, 403)
    const repositories = gh.repos
      .all()
      .filter((repo) => repo.owner_id === installation.accountId)
      .filter((repo) => installation.repositorySelection === 'all' || installation.repositoryIds.includes(repo.id))
      .map((repo) => ({ full_name: repo.full_name, default_branch: repo.default_branch, clone_url: `${baseUrl}/${repo.full_name}.git` }))
    return c.json({ total_count: repositories.length, repositories })
  })
  app.post('/_double/merging', async (c) => {
    const { repo, number, sha } = await c.req.json()
    merging.set(`${repo}#${number}`, sha)
    return c.json({})
  })
  app.post('/_double/merged', async (c) => {
    const { repo, number, sha } = await c.req.json()
    const row = gh.repos.findOneBy('full_name', repo)
    const pull = gh.pullRequests.findBy('repo_id', row.id).find((one) => one.number === number)
    gh.pullRequests.update(pull.id, { merge_commit_sha: sha })
    return c.json({})
  })
  app.post('/_double/moved', async (c) => {
    const { repo, branch, sha, login } = await c.req.json()
    const row = gh.repos.findOneBy('full_name', repo)
    const sender = gh.users.findOneBy('login', login)
    const [owner, short] = repo.split('/')
    for (const pull of gh.pullRequests.findBy('repo_id', row.id)) {
      if (pull.state !== 'open') continue
      if (pull.base_ref === branch) gh.pullRequests.update(pull.id, { base_sha: sha })
      if (pull.head_ref !== branch || pull.head_sha === sha) continue
      gh.pullRequests.update(pull.id, { head_sha: sha })
      const head = { ref: branch, sha, repo: { full_name: repo } }
      const base = { ref: pull.base_ref, sha: pull.base_sha, repo: { full_name: repo } }
      const told = { number: pull.number, html_url: `${baseUrl}/${repo}/pull/${pull.number}`, state: 'open', title: pull.title, draft: pull.draft, head, base }
      const payload = { action: 'synchronize', number: pull.number, after: sha, pull_request: told, repository: { full_name: repo }, sender: { login: sender?.login ?? login } }
      await webhooks.dispatch('pull_request', 'synchronize', payload, owner, short)
    }
    return c.json({})
  })
}

const running = await createEmulator({ service: 'github', port: Number(port), seed: JSON.parse(readFileSync(seed, 'utf8')) })
console.log(`ready ${running.url}`)
process.on('SIGTERM', () => running.close().then(() => process.exit(0)))
