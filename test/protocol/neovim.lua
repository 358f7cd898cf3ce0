-- Works in a document that the server has been started for, and writes as JSON to ASSAY_RESULT what the server gives.
local result = {}

local function wait(what, condition)
  if not vim.wait(20000, condition, 20) then
    result.failed = 'waited in vain for ' .. what
    return false
  end
  return true
end

local function ask(client, method, params)
  local answer = client.request_sync(method, params, 10000, 0)
  return answer and (answer.result or answer.err)
end

local function run()
  local client
  if not wait('the server', function()
    client = vim.tbl_values(vim.lsp.buf_get_clients(0))[1]
    return client ~= nil and client.initialized
  end) then return end
  result.encoding = client.offset_encoding

  local messages = function()
    return vim.tbl_map(function(found)
      return { code = found.code, line = found.lnum + 1, text = found.message, source = found.source }
    end, vim.diagnostic.get(0))
  end
  local unknown = function()
    return #vim.tbl_filter(function(each) return each.code == 'reference/unknown-policy' end, messages()) > 0
  end
  if not wait('diagnostics', unknown) then return end
  result.before = messages()

  -- The name is corrected by hand, as a person would.
  vim.api.nvim_buf_set_lines(0, 6, 7, false, { '  policies: [strict]' })
  if not wait('the corrected name', function() return not unknown() end) then return end
  result.after = messages()

  local uri = vim.uri_from_bufnr(0)
  local place = function(line, character)
    return { textDocument = { uri = uri }, position = { line = line, character = character } }
  end
  result.completion = vim.tbl_map(function(item)
    return { label = item.label, command = item.command ~= nil }
  end, ask(client, 'textDocument/completion', place(6, 19)))
  result.hover = ask(client, 'textDocument/hover', place(4, 5)).contents.value
  result.definition = ask(client, 'textDocument/definition', place(6, 16))
  result.lenses = #ask(client, 'textDocument/codeLens', { textDocument = { uri = uri } })
  result.refused = ask(client, 'workspace/executeCommand', {
    command = 'assay.server.runExperiment',
    arguments = { uri },
  }).refused

  result.root = client.config.root_dir
  vim.lsp.stop_client(client.id)
  wait('the end of the server', function() return vim.lsp.client_is_stopped(client.id) end)
end

local done, problem = pcall(run)
if not done then result.failed = tostring(problem) end
vim.fn.writefile({ vim.fn.json_encode(result) }, vim.env.ASSAY_RESULT)
vim.cmd('qa!')
