//! What programs may call, as OpenAPI 3.1: path, method, right, body and answer from the declarations of the endpoints, schemas from the
//! types of their bodies. A call of programs that is not named here is a fault ([`document`]'s tests).

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};
use shared::api::link::{BulkFhir, BulkResults, LinkedConsents, LinkedFace, LinkedFhir, LinkedResult, NewResults, OpenApi, Received};
use shared::api::{Answer, Body, Endpoint, Permission};

use super::fhir;

/// The document.
#[must_use]
pub fn document() -> Value {
    let mut settings = SchemaSettings::draft2020_12();
    settings.definitions_path = "/components/schemas".into();
    settings.meta_schema = None;
    let mut calls = Calls { generator: settings.into_generator(), paths: Map::new() };
    calls.add::<NewResults>("新しい結果をたずねる", "application/json");
    calls.add::<BulkResults>("期間の結果をまとめて取得する", "application/json");
    calls.add::<BulkFhir>("期間の結果をまとめて取得する(FHIR)", fhir::MEDIA_TYPE);
    calls.add::<LinkedResult>("結果を取得する", "application/json");
    calls.add::<LinkedConsents>("同意のいまの状態を取得する", "application/json");
    calls.add::<LinkedFace>("レセコンが読むファイルを取得する", "application/xml");
    calls.add::<LinkedFhir>("結果を取得する(FHIR)", fhir::MEDIA_TYPE);
    calls.add::<Received>("受け取ったことを知らせる", "application/json");
    calls.add::<OpenApi>("この文書", "application/json");
    let mut schemas = calls.generator.take_definitions(true);
    schemas.values_mut().for_each(open);
    // What is sent is refused where it has a member too many; what is answered may have more of them in later releases.
    for sent in ["ResultsAsked", "BulkAsked"] {
        if let Some(Value::Object(schema)) = schemas.get_mut(sent) {
            schema.insert("additionalProperties".to_owned(), false.into());
        }
    }
    schemas.insert("Refusal".to_owned(), refusal());
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "uketsuke Web API",
            "version": "1",
            "description": "レセコン・電子カルテなどのプログラムが、資格確認の結果を取得するためのものです。日時は1970年からのミリ秒です。知らない項目は読み飛ばしてください。",
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": "/" }],
        "paths": calls.paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": { "token": { "type": "http", "scheme": "bearer", "description": "Web API用のアカウントのトークン" } },
            "responses": {
                "Refusal": {
                    "description": "断り。何が起きたかは code、どこまで行われたかは stored にあります",
                    "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Refusal" } } },
                },
            },
        },
    })
}

/// The calls so far, and the schemas that they use.
struct Calls {
    generator: SchemaGenerator,
    paths: Map<String, Value>,
}

impl Calls {
    fn add<E: Endpoint<Request: JsonSchema, Response: JsonSchema>>(&mut self, summary: &str, media_type: &str) {
        let row = E::ROW;
        let part = |name: &&str| {
            let schema = if *name == "encoding" { json!({ "enum": ["utf-8", "shift_jis"] }) } else { json!({ "type": "string" }) };
            json!({ "name": name, "in": "path", "required": true, "schema": schema })
        };
        let schema = match row.answer {
            Answer::Json => self.generator.subschema_for::<E::Response>().to_value(),
            Answer::File if media_type.ends_with("json") => json!({ "type": "object" }),
            Answer::File => json!({ "type": "string" }),
        };
        let mut responses = Map::new();
        responses.insert("200".to_owned(), json!({ "description": summary, "content": { media_type: { "schema": schema } } }));
        let mut operation = Map::new();
        operation.insert("operationId".to_owned(), row.name.into());
        operation.insert("summary".to_owned(), summary.into());
        if let Permission::Link(scope) = row.permission {
            operation.insert("security".to_owned(), json!([{ "token": [scope.word()] }]));
            for status in ["400", "401", "403", "404", "429", "500", "503"] {
                responses.insert(status.to_owned(), json!({ "$ref": "#/components/responses/Refusal" }));
            }
        } else {
            operation.insert("security".to_owned(), json!([]));
        }
        if !row.parts.is_empty() {
            operation.insert("parameters".to_owned(), row.parts.iter().map(part).collect());
        }
        if let Body::Json(_) = row.body {
            let schema = self.generator.subschema_for::<E::Request>().to_value();
            operation
                .insert("requestBody".to_owned(), json!({ "required": true, "content": { "application/json": { "schema": schema } } }));
        }
        operation.insert("responses".to_owned(), responses.into());
        let method = row.method.word().to_ascii_lowercase();
        let path = self.paths.entry(row.path).or_insert_with(|| Value::Object(Map::new()));
        if let Value::Object(path) = path {
            path.insert(method, operation.into());
        }
    }
}

/// Lets a schema have members that it does not name.
fn open(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            if members.get("additionalProperties") == Some(&Value::Bool(false)) && members.contains_key("properties") {
                members.remove("additionalProperties");
            }
            members.values_mut().for_each(open);
        }
        Value::Array(values) => values.iter_mut().for_each(open),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The outer part of a failure ([`shared::api::Refusal`]).
fn refusal() -> Value {
    json!({
        "type": "object",
        "required": ["code", "stored"],
        "properties": {
            "code": { "type": "string", "description": "U-SESSION, U-FORBIDDEN, U-NOT-FOUND, U-REQUEST, U-WAIT …" },
            "stored": { "enum": ["nothing", "kept", "unknown"] },
            "detail": { "type": "object" },
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_call_of_programs_is_named_as_it_is_declared_and_nothing_else() {
        let document = document();
        let paths = document["paths"].as_object().unwrap();
        let declared: Vec<_> = shared::api::table().filter(|row| row.name.starts_with("link.")).collect();
        assert!(declared.iter().any(|row| row.name == NewResults::NAME));
        for row in shared::api::table().filter(|row| matches!(row.permission, Permission::Link(_))) {
            assert!(row.name.starts_with("link."), "{}", row.name);
        }
        for row in &declared {
            let operation = &paths[row.path][row.method.word().to_ascii_lowercase().as_str()];
            assert_eq!(operation["operationId"], row.name);
            assert_eq!(operation.get("requestBody").is_some(), row.body != Body::None, "{}", row.name);
            match row.permission {
                Permission::Link(scope) => assert_eq!(operation["security"][0]["token"][0], scope.word()),
                _ => assert_eq!(operation["security"], json!([])),
            }
        }
        let named: usize = paths.values().map(|path| path.as_object().unwrap().len()).sum();
        assert_eq!(named, declared.len());
    }
}
