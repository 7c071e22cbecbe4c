import {
  Argument,
  Command,
  type ErrorOptions,
  InvalidArgumentError,
  type Option,
  type OptionValueSource,
} from 'commander';
import { nearestWord } from '../platform/nearest-word.ts';

/** A command whose complaints are sentences like all others of this program: what was given, and what would be right. */
export class CarCommand extends Command {
  override createCommand(name?: string): CarCommand {
    return new CarCommand(name);
  }

  override error(message: string, options?: ErrorOptions): never {
    return super.error(`jetson-car: ${this.#sentence(message, options?.code)}`, options);
  }

  /** As a script gives it whose variable is not set: no name of anything. */
  override createArgument(name: string, description?: string): Argument {
    const argument = new Argument(name, description);
    return argument.argParser<unknown>((text, before) => {
      if (text === '') throw new InvalidArgumentError(`Right would be ${description}.`);
      return argument.variadic ? [...(Array.isArray(before) ? before : []), text] : text;
    });
  }

  /** The last of two would be taken, and the first be forgotten without a word. Flags may be given as often as one likes. */
  override setOptionValueWithSource(key: string, value: unknown, source?: OptionValueSource): this {
    const option = this.options.find((each) => each.attributeName() === key);
    if (source === 'cli' && value === '') {
      this.error(
        `${option?.long} is empty. Right would be ${option?.description}. Change ${option?.long}, or leave it out.`,
      );
    }
    const before: unknown = this.getOptionValue(key);
    const isSecond = source === 'cli' && this.getOptionValueSource(key) === 'cli';
    if (isSecond && option !== undefined && !option.variadic && before !== value) {
      this.error(`${option.long} is given twice, as ${before} and as ${value}. Leave one of them.`);
    }
    return super.setOptionValueWithSource(key, value, source);
  }

  /** @see https://github.com/tj/commander.js/blob/v14.0.3/lib/command.js for the messages and their codes */
  #sentence(message: string, code: string | undefined): string {
    const quoted = /'([^']*)'/.exec(message)?.[1] ?? '';
    switch (code) {
      case 'commander.unknownCommand':
        return this.#noCommand(this.args[0] ?? '');
      case 'commander.unknownOption':
        return this.#noOption(quoted.replace(/=[\s\S]*/, ''));
      case 'commander.excessArguments':
        return this.#tooMany(this.args, this.registeredArguments);
      case 'commander.missingArgument': {
        const argument = this.registeredArguments.find((each) => each.name() === quoted);
        return `"${this.#path}" needs ${inBrackets(argument, quoted)}: ${argument?.description}. ${this.#help}`;
      }
      case 'commander.missingMandatoryOptionValue':
        return `"${this.#path}" needs ${quoted}: ${this.#optionOf(quoted)?.description}. ${this.#help}`;
      case 'commander.optionMissingArgument':
        return `${quoted} was given without its value: ${this.#optionOf(quoted)?.description}. ${this.#help}`;
      case 'commander.invalidArgument': {
        const [, given = '', right = ''] = /argument '([\s\S]*)' is invalid\. ([\s\S]*)$/.exec(message) ?? [];
        const argument = / is invalid for argument '([^']*)'\. ([\s\S]*)$/.exec(message);
        if (argument !== null) return `<${argument[1]}> of "${this.#path}" is empty. ${argument[2]}`;
        const option = this.#optionOf(quoted);
        return `${option?.long} is ${JSON.stringify(given)}. ${rightChoice(option, given) ?? right} Change ${option?.long}.`;
      }
      default:
        return message.replace(/^error: /, '');
    }
  }

  /** As it is called: with the commands that it belongs to. */
  get #path(): string {
    const names: string[] = [];
    for (let command: Command | null = this; command !== null; command = command.parent) names.unshift(command.name());
    return names.join(' ');
  }

  get #help(): string {
    return `"${this.#path} --help" lists what there is.`;
  }

  #optionOf(flags: string): Option | undefined {
    return this.options.find((option) => option.flags === flags);
  }

  #noCommand(word: string): string {
    const known = this.commands.map((command) => command.name());
    return `"${this.#path}" has no command "${word}". ${didYouMean(word, known)}There are: ${known.join(', ')}.`;
  }

  #noOption(flag: string): string {
    const known = this.createHelp()
      .visibleOptions(this)
      .flatMap(({ long }) => long ?? []);
    return `"${this.#path}" has no option ${flag}. ${didYouMean(flag, known)}${this.#help}`;
  }

  #tooMany(given: readonly string[], expected: readonly Argument[]): string {
    const [first = ''] = given.slice(expected.length);
    const takes = expected.length === 0 ? 'no arguments' : expected.map((each) => inBrackets(each, '')).join(' ');
    const named = given.slice(expected.length).map((word) => JSON.stringify(word));
    const option = this.options.find(({ long }) => long === `--${first}`)?.long;
    const near = option === undefined ? '' : `Did you mean ${option}? `;
    const but = expected.length === 0 ? 'and was given' : 'and was given besides';
    return `"${this.#path}" takes ${takes}, ${but} ${named.join(' ')}. ${near}${this.#help}`;
  }
}

function inBrackets(argument: Argument | undefined, name: string): string {
  return `<${argument?.name() ?? name}${argument?.variadic === true ? '...' : ''}>`;
}

function didYouMean(word: string, known: readonly string[]): string {
  const near = nearestWord(word, known);
  return near === undefined ? '' : `Did you mean ${near}? `;
}

/** Of an option that takes one of several words. */
function rightChoice(option: Option | undefined, given: string): string | undefined {
  const choices = option?.argChoices;
  return choices && `${didYouMean(given, choices)}Right would be one of ${choices.join(', ')}.`;
}
