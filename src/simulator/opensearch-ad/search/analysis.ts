/** Words of a text as the standard analyzer cuts them: lower case, without punctuation. */
export const tokensOf = (text: string): readonly string[] =>
  (text.match(/[\p{L}\p{N}_]+(?:['’.][\p{L}\p{N}_]+)*/gu) ?? []).map((token) => token.toLowerCase());
