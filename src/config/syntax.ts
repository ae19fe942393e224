import type { ErrorCode } from 'yaml';

/** Own words for the parser's faults: its messages may repeat what stands in the file. */
export const syntaxFaults: Readonly<Record<ErrorCode, string>> = {
  ALIAS_PROPS: 'an alias must not have an anchor or a tag',
  BAD_ALIAS: 'this alias is not written as one: * and a name',
  BAD_COLLECTION_TYPE: 'this tag does not fit what follows it',
  BAD_DIRECTIVE: 'this % directive is unknown',
  BAD_DQ_ESCAPE: 'there is no such \\ escape in double quotes; use single quotes for a plain backslash',
  BAD_INDENT: 'the indentation does not fit the lines before, or a bracket is not closed',
  BAD_PROP_ORDER: 'anchors and tags must stand before the value',
  BAD_SCALAR_START: 'a value that begins with this character must be in quotes',
  BLOCK_AS_IMPLICIT_KEY: 'two keys on one line, or a line that is indented too far; a value with ": " in it must be in quotes',
  BLOCK_IN_FLOW: 'an indented block cannot stand between { } or [ ]',
  DUPLICATE_KEY: 'is given twice',
  IMPOSSIBLE: 'this cannot be read',
  KEY_OVER_1024_CHARS: 'this key is too long',
  MISSING_CHAR: 'a closing quote, bracket, brace, comma or colon is missing here',
  MULTILINE_IMPLICIT_KEY: 'a key must be on one line; is a ":" missing, or a line indented too far?',
  MULTIPLE_ANCHORS: 'a value has at most one anchor',
  MULTIPLE_DOCS: 'the file must hold one document; remove the "---" in between',
  MULTIPLE_TAGS: 'a value has at most one tag',
  NON_STRING_KEY: 'a key must be text',
  RESOURCE_EXHAUSTION: 'this nests too deeply',
  TAB_AS_INDENT: 'indent with spaces, not with tabs',
  TAG_RESOLVE_FAILED: 'this ! tag is unknown; a text that begins with ! must be in quotes',
  UNEXPECTED_TOKEN: 'this is unexpected here; a value with { } [ ] , or # in it must be in quotes',
};
