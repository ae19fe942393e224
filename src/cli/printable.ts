/** Names and messages come from backends: none may steer the terminal. Line feeds stay, they are how configuration faults are listed. */
export const printable = (text: string): string => text.replace(/[^\P{Cc}\n\t]/gu, '');
