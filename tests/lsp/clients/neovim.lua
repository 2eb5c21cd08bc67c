-- Obeys commands of a test with the client that is built into Neovim. A command is a file, and so is its answer.

local directory = os.getenv('KEYWARD_TEST_DIR')
local client
local roots

local function read(path)
  local file = assert(io.open(path, 'rb'))
  local text = file:read('*a')
  file:close()
  return text
end

local function buffer(path)
  return vim.fn.bufnr(path)
end

-- Asks the server, and waits. Whatever was typed is sent before.
local function ask(bufnr, method, params)
  local answers = vim.lsp.buf_request_sync(bufnr, method, params, 20000)
  for _, answer in pairs(answers or {}) do
    if answer.err then
      error(method .. ': ' .. vim.inspect(answer.err))
    end
    return answer.result
  end
end

local function document(bufnr)
  return { uri = vim.uri_from_bufnr(bufnr) }
end

local obey = {}

function obey.start(command)
  local folders = {}
  for index, root in ipairs(command.roots) do
    folders[index] = { uri = vim.uri_from_fname(root), name = root }
  end
  roots = folders
  local id = vim.lsp.start_client({
    name = 'keyward',
    cmd = command.server,
    root_dir = command.roots[1],
    workspace_folders = folders,
    flags = { debounce_text_changes = 0 },
  })
  client = vim.lsp.get_client_by_id(id)
  assert(vim.wait(20000, function()
    return client.initialized
  end, 10))
end

function obey.open(command)
  vim.cmd('edit! ' .. vim.fn.fnameescape(command.path))
  vim.lsp.buf_attach_client(0, client.id)
end

function obey.replace(command)
  local bufnr = buffer(command.path)
  vim.cmd('buffer ' .. bufnr)
  local lines = vim.split(command.text, '\n', { plain = true })
  vim.api.nvim_buf_set_text(bufnr, command.from[1], command.from[2], command.to[1], command.to[2], lines)
end

function obey.undo(command)
  vim.cmd('buffer ' .. buffer(command.path))
  vim.cmd('silent undo')
end

function obey.save(command)
  vim.cmd('buffer ' .. buffer(command.path))
  vim.cmd('silent write!')
end

function obey.close(command)
  vim.cmd('bwipeout! ' .. buffer(command.path))
end

-- This client does not watch files: the server has to look for itself.
function obey.touched() end

function obey.folders(command)
  local function list(paths)
    local found = {}
    for index, path in ipairs(paths) do
      found[index] = { uri = vim.uri_from_fname(path), name = path }
    end
    return found
  end
  local event = { added = list(command.added), removed = list(command.removed) }
  client.notify('workspace/didChangeWorkspaceFolders', { event = event })
end

function obey.shown()
  ask(vim.api.nvim_get_current_buf(), 'workspace/symbol', { query = '\1' })
  local shown = vim.empty_dict()
  for _, item in ipairs(vim.diagnostic.get()) do
    local uri = vim.uri_from_bufnr(item.bufnr)
    shown[uri] = shown[uri] or {}
    local lsp = item.user_data.lsp
    table.insert(shown[uri], {
      { item.lnum, item.col },
      { item.end_lnum, item.end_col },
      item.code or lsp.code,
      item.message,
    })
  end
  return shown
end

function obey.hover(command)
  local bufnr = buffer(command.path)
  local position = { line = command.at[1], character = command.at[2] }
  local hover = ask(bufnr, 'textDocument/hover', { textDocument = document(bufnr), position = position })
  return hover and hover.contents.value or ''
end

-- Applies an action by the beginning of its title, as the editor does, and returns the text.
function obey.act(command)
  local bufnr = buffer(command.path)
  vim.cmd('buffer ' .. bufnr)
  local range = { start = { line = 0, character = 0 }, ['end'] = { line = 999, character = 0 } }
  local params = { textDocument = document(bufnr), range = range, context = { diagnostics = {} } }
  for _, action in ipairs(ask(bufnr, 'textDocument/codeAction', params)) do
    if vim.startswith(action.title, command.title) then
      vim.lsp.util.apply_workspace_edit(action.edit, client.offset_encoding)
      return table.concat(vim.api.nvim_buf_get_lines(bufnr, 0, -1, false), '\n')
    end
  end
end

function obey.ask(command)
  local bufnr = buffer(command.path)
  local lenses = ask(bufnr, 'textDocument/codeLens', { textDocument = document(bufnr) })
  local symbols = ask(bufnr, 'workspace/symbol', { query = 'role' })
  return { 0, #lenses, #symbols, 0 }
end

function obey.stop()
  client.stop()
  assert(vim.wait(20000, function()
    return client.is_stopped()
  end, 10))
  return 0
end

local number = 0
while true do
  local name = directory .. '/' .. number
  vim.wait(60000, function()
    return vim.loop.fs_stat(name .. '.json') ~= nil
  end, 5)
  local command = vim.fn.json_decode(read(name .. '.json'))
  local fine, answer = pcall(obey[command['do']], command)
  local result = fine and { answer = answer } or { error = tostring(answer) }
  local file = assert(io.open(name .. '.part', 'wb'))
  file:write(vim.fn.json_encode(result))
  file:close()
  assert(os.rename(name .. '.part', name .. '.out'))
  if command['do'] == 'stop' then
    break
  end
  number = number + 1
end
vim.cmd('qall!')
