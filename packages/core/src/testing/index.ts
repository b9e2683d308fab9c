/** The entry's name, until its owner replaces this file. */
export const entryName: string = "testing";
