"""Every GraphQL text that wslayout sends, one constant an operation.

Fields and arguments marked *newer* are missing on some servers; whoever sends them
catches `UnknownField` and takes the next way.
"""

from __future__ import annotations

from typing import Final

VIEWER: Final = """\
query WslayoutViewer {
  viewer { id username entity }
}"""

PROJECTS: Final = """\
query WslayoutProjects($entity: String!, $first: Int!, $after: String) {
  models(entityName: $entity, first: $first, after: $after) {
    edges { node { name } }
    pageInfo { endCursor hasNextPage }
  }
}"""

# newer: historyKeys on the connection, aggregated over its runs
PROJECT_KEYS: Final = """\
query WslayoutProjectKeys($entity: String!, $project: String!) {
  project(entityName: $entity, name: $project) {
    runCount
    runs { historyKeys }
  }
}"""

# newer: fields
PROJECT_FIELDS: Final = """\
query WslayoutProjectFields($entity: String!, $project: String!, $first: Int!, $after: String) {
  project(entityName: $entity, name: $project) {
    runCount
    fields(first: $first, after: $after, columns: ["summary_metrics"]) {
      edges { node { path type } }
      pageInfo { endCursor hasNextPage }
    }
  }
}"""

RUN_KEYS: Final = """\
query WslayoutRunKeys(
  $entity: String!, $project: String!, $first: Int!, $after: String, $order: String,
  $filters: JSONString
) {
  project(entityName: $entity, name: $project) {
    runCount
    runs(first: $first, after: $after, order: $order, filters: $filters) {
      edges { node { name createdAt heartbeatAt group jobType state historyKeys } }
      pageInfo { endCursor hasNextPage }
    }
  }
}"""

RUN_LIST: Final = RUN_KEYS.replace("WslayoutRunKeys", "WslayoutRunList").replace(" historyKeys", "")

NEWEST_RUNS: Final = """\
query WslayoutNewestRuns($entity: String!, $project: String!, $first: Int!, $order: String) {
  project(entityName: $entity, name: $project) {
    runs(first: $first, order: $order) { edges { node { name displayName historyLineCount } } }
  }
}"""

# newer: sampledHistory
SAMPLED_HISTORY: Final = """\
query WslayoutSampledHistory(
  $entity: String!, $project: String!, $run: String!, $specs: [JSONString!]!, $keys: [String!]
) {
  project(entityName: $entity, name: $project) {
    run(name: $run) { sampledHistory(specs: $specs) summaryMetrics(keys: $keys) }
  }
}"""

_VIEW: Final = "id name displayName description createdAt updatedAt user { username }"

LIST_VIEWS: Final = f"""\
query WslayoutListViews($entity: String!, $project: String!, $first: Int!, $after: String) {{
  project(entityName: $entity, name: $project) {{
    allViews(viewType: "project-view", first: $first, after: $after) {{
      edges {{ node {{ {_VIEW} }} }}
      pageInfo {{ endCursor hasNextPage }}
    }}
  }}
}}"""

LIST_VIEWS_WITH_SPEC: Final = LIST_VIEWS.replace(
    "WslayoutListViews", "WslayoutListViewsWithSpec"
).replace(_VIEW, f"{_VIEW} spec")

# newer: viewName
GET_VIEW: Final = f"""\
query WslayoutGetView($entity: String!, $project: String!, $viewName: String!) {{
  project(entityName: $entity, name: $project) {{
    allViews(viewType: "project-view", viewName: $viewName) {{
      edges {{ node {{ {_VIEW} spec }} }}
    }}
  }}
}}"""

_SAVED: Final = f"view {{ {_VIEW} }} inserted"

CREATE_VIEW: Final = f"""\
mutation WslayoutCreateView(
  $entity: String!, $project: String!, $name: String!, $displayName: String!,
  $description: String!, $spec: String!
) {{
  upsertView(input: {{
    entityName: $entity, projectName: $project, type: "project-view", name: $name,
    displayName: $displayName, description: $description, spec: $spec, createdUsing: WANDB_SDK
  }}) {{ {_SAVED} }}
}}"""

# Variables that are not sent leave their input field out, and the server then leaves
# that column as it is. newer: lastUpdatedAt
UPDATE_VIEW: Final = f"""\
mutation WslayoutUpdateView(
  $id: ID!, $entity: String!, $project: String!, $spec: String!, $displayName: String,
  $description: String, $lastUpdatedAt: DateTime!
) {{
  upsertView(input: {{
    id: $id, entityName: $entity, projectName: $project, spec: $spec, displayName: $displayName,
    description: $description, lastUpdatedAt: $lastUpdatedAt
  }}) {{ {_SAVED} }}
}}"""

UPDATE_VIEW_UNGUARDED: Final = f"""\
mutation WslayoutUpdateViewUnguarded(
  $id: ID!, $entity: String!, $project: String!, $spec: String!, $displayName: String,
  $description: String
) {{
  upsertView(input: {{
    id: $id, entityName: $entity, projectName: $project, spec: $spec, displayName: $displayName,
    description: $description
  }}) {{ {_SAVED} }}
}}"""

DELETE_VIEW: Final = """\
mutation WslayoutDeleteView($id: ID!) {
  deleteView(input: { id: $id, deleteDrafts: true }) { success }
}"""
