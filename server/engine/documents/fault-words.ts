/** The parser's messages in words of authors, where that is all that they need. */

/** The first that fits says it; the third is the help. */
export const plainMessages: readonly (readonly [RegExp, string, string?])[] = [
  [/^Implicit map keys need to be followed by map values/, 'a key needs a `:` and a value', 'write `key: value`'],
  [/^Implicit keys (?:of .* )?need to be on a single line/, 'a key must be on one line', 'is a `:` missing here?'],
  [/^Tabs are not allowed as indentation/, 'a tab cannot indent YAML', 'indent with spaces'],
  [/^Nested mappings are not allowed in compact mappings/, 'a second `:` on one line', 'put the value in quotes'],
  [/^All mapping items must start at the same column/, 'this key is not indented like those beside it'],
  [/^All sequence items must start at the same column/, 'this item is not indented like those beside it'],
  [/^A collection cannot be both a mapping and a sequence/, 'keys and list items are mixed here'],
  [
    /^With stringKeys, all keys must be strings/,
    'a key must be a plain word',
    'put the value in quotes if the brackets are part of it',
  ],
  [/^The : indicator must be at most 1024 chars/, 'a key has at most 1024 characters'],
  [
    /^Block collections are not allowed within flow collections/,
    'this is more than one value',
    'is a `,` missing here?',
  ],
  [/^Missing space after :/, 'a `:` needs a space behind it'],
  [/^Unexpected (?:,|empty item) in/, 'there is nothing between this `,` and what is before it', 'remove the `,`'],
  [/^Comments must be separated/, 'a comment needs a space before its `#`'],
  [
    /^Block scalars with more-indented leading empty lines/,
    'an empty line before this text has more spaces than it',
    'remove those spaces',
  ],
  [
    /^Block scalar (?:values in collections must be|lines must not be less) indented/,
    'this line of a text is not indented enough',
    'indent it more than the key of the text',
  ],
  [/^Flow end indicator should be more indented/, 'a closing bracket stands deeper than the key it belongs to'],
  [/^(?:Flow|Block)? ?(?:map|sequence) .*must .*end with/i, 'a bracket before this is not closed'],
  [/^A block sequence may not be used as an implicit map key/, 'a list cannot stand here'],
  // Anchors, aliases and tags.
  [
    /^Anchor cannot be an empty string/,
    'a `&` needs the name of an anchor right behind it',
    'put the value in quotes if the `&` is part of it',
  ],
  [
    /^(?:Alias|Anchor) ending in : is ambiguous/,
    'this `:` is read as part of the name before it',
    'write a space before it, or put the value in quotes',
  ],
  [/^An alias node must not specify any properties/, 'an alias can have no anchor or tag of its own'],
  [/^A node can have at most one anchor/, 'a value can have only one anchor'],
  [/^A node can have at most one tag/, 'a value can have only one tag'],
  [/^Anchors and tags must be after the (\S+) indicator/, 'an anchor or tag stands behind the `$1`, not before it'],
  [/^Tags and anchors must be separated/, 'an anchor or tag needs a space behind it'],
  [
    /^Missing newline after block sequence props/,
    'an anchor or tag of a list stands on the line above its first item',
    'write it behind the key of the list',
  ],
  [/ used for .* collection, but expects /, 'this tag does not fit its value', 'remove the tag'],
  // What is around documents.
  [/^Unsupported YAML version (.*)/, 'this is read as YAML 1.2, not `$1`'],
  [/^Unknown directive (.*)/, '`$1` means nothing here'],
  [
    /^Missing directives-end/,
    'a line `---` is missing between this and the lines with `%` before it',
    'write `---` on a line of its own',
  ],
  [/^Block collection cannot start on same line/, 'what follows a `---` begins on a line of its own'],
  // The parser's own terms for anything else.
  [/^(?:Block scalar header|Unexpected|Unsupported|Expected|Not a YAML token|Source )/, 'this cannot stand here'],
  [/^Map comment with trailing content/, 'this cannot be read'],
];
