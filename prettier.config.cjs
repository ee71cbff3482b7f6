/** @type {import("prettier").Config} */
module.exports = {
  plugins: [require.resolve("@prettier/plugin-xml")],
  bracketSpacing: false,
  printWidth: 88,
  trailingComma: "es5",
  // In views, white space between elements can be text that a user sees.
  xmlWhitespaceSensitivity: "preserve",
  overrides: [
    {files: ["*.xml", "*.js", "*.scss", "*.css"], options: {tabWidth: 4}},
    {files: ["*.yml", "*.yaml", "*.json", "*.cjs"], options: {tabWidth: 2}},
  ],
};
