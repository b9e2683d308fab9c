/** The package's name, until its owner replaces this file. */
export const packageName: string = "checks";
