/** `assay policy`: asks policies, explains them, tests them, proves them, tries them on recorded runs, formats them. */
import { Command, Option } from 'commander';
import { type DecideOptions, decide, explainDecision } from './policy/decide.ts';
import { formatPolicies } from './policy/format.ts';
import { type ProveOptions, provePolicies } from './policy/prove.ts';
import { type ReplayOptions, replayPolicies } from './policy/replay.ts';
import { type TestOptions, testPolicies } from './policy/test.ts';
import { workspaceOption } from './workspace.ts';

export function policyCommands(): Command {
  const policy = new Command('policy').description(
    'ask, explain, test and prove policies, and try them on recorded runs',
  );
  aboutAnAction(policy.command('decide'))
    .description('decide one action, with reasons (exits with 0 whatever is decided)')
    .action(async (policies: string[], options: DecideOptions) => {
      process.exitCode = await decide(policies, options);
    });
  aboutAnAction(policy.command('explain'))
    .description('decide one action, and say of every rule why it did or did not match')
    .action(async (policies: string[], options: DecideOptions) => {
      process.exitCode = await explainDecision(policies, options);
    });
  inWorkspace(policy.command('test'))
    .description('run policy tests with coverage; exits with 1 when a case fails (default: all of the workspace)')
    .argument('[paths...]', 'policy tests, and folders of them')
    .option('--mutate', 'also change the policies in small ways, and list the changes that no case notices')
    .addOption(new Option('--format <format>', 'how to print').choices(['text', 'json', 'junit']).default('text'))
    .option('--json', 'the same as --format json')
    .action(async (paths: string[], options: TestOptions) => {
      process.exitCode = await testPolicies(paths, options);
    });
  inWorkspace(policy.command('replay'))
    .description('decide the recorded actions of runs again, with policies as they are now, and show what would change')
    .argument('[policies...]', 'policies that take the place of their recorded selves (default: all that the runs had)')
    .requiredOption('--against <runs...>', "a run's id, a unique beginning of it, `latest`, or its path", collect)
    .option('--variant <id>', 'only trials of this variant; may be given again', collect)
    .option('--everywhere', 'also count trials in which the policies were not in force, beside those that were')
    .option('--all', 'list every changed decision, not only the first ones')
    .option('--json', 'print JSON')
    .action(async (policies: string[], options: ReplayOptions) => {
      process.exitCode = await replayPolicies(policies, options);
    });
  inWorkspace(policy.command('prove'))
    .description(
      'prove policies that apply together, the constitutions among them; exits with 1 on a warning (default: each policy of the workspace)',
    )
    .argument('[policies...]', 'policies that apply together, by name or path')
    .option('--environment <environment>', 'the environment whose tools there are, by name or path')
    .option('--all', 'also tell of every rule that guards across another one')
    .option('--days <count>', 'how many days are looked at, from today on (default: 400)')
    .option('--json', 'print JSON')
    .action(async (policies: string[], options: ProveOptions) => {
      process.exitCode = await provePolicies(policies, options);
    });
  policy
    .command('fmt')
    .description('format policies and policy tests; only white space changes (default: this folder)')
    .argument('[paths...]', 'files and folders')
    .option('--check', 'change nothing, and exit with 1 when something is not formatted')
    .action(async (paths: string[], { check }: { check?: boolean }) => {
      process.exitCode = await formatPolicies(paths.length > 0 ? paths : ['.'], check ?? false);
    });
  return policy;
}

const collect = (value: string, before: readonly string[] = []): string[] => [...before, value];

const inWorkspace = (command: Command): Command => command.addOption(workspaceOption());

const aboutAnAction = (command: Command): Command =>
  inWorkspace(command)
    .argument('[policies...]', 'policies that apply together, by name or path (with --step: those of the run)')
    .option('--tool <name>', 'the tool that is called')
    .option('--input <value>', "the tool's input, as JSON or YAML")
    .addOption(new Option('--type <type>', 'an action that is no tool call').choices(['model', 'message', 'resource']))
    .option(
      '--signal <name=value>',
      'a signal that comes on top, such as agent.role=assistant; may be given again',
      collect,
    )
    .option('--action <file>', 'a file, JSON or YAML, with `action`, and perhaps `signals`, `before` and `observation`')
    .option('--step <run:trial:step>', 'an action of a recorded run, with the signals of then')
    .option('--environment <environment>', 'the environment that declares the tool, by name or path')
    .option('--json', 'print JSON');
