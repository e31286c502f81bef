export { type ExplainedInput, type Explanation, explain, explanationText, type FoundId, findIds } from "./explain.js";
export { type OutputFile, writeFolder } from "./output.js";
export { RECIPE_INPUTS, type RecipeParameters, type RecipeSources, runRecipe } from "./recipe.js";
export { masksOf, type RegionReference, regionArgument } from "./regions.js";
