"""GraphQL text for the audit; what several aliases ask is written for their number.

Fields and arguments marked *newer* are missing on some servers; whoever sends them catches
`UnknownField` and takes the next way.
"""

from __future__ import annotations

from typing import Final

# newer: fileCount
RUN_FACTS_AND_FILES: Final = """\
query WslayoutRunFacts(
  $entity: String!, $project: String!, $first: Int!, $after: String, $order: String
) {
  project(entityName: $entity, name: $project) {
    runCount
    runs(first: $first, after: $after, order: $order) {
      edges { node {
        name displayName state createdAt heartbeatAt historyLineCount historyKeys fileCount
      } }
      pageInfo { endCursor hasNextPage }
    }
  }
}"""

RUN_FACTS: Final = RUN_FACTS_AND_FILES.replace(" fileCount", "")

RUN_VALUES: Final = """\
query WslayoutRunValues($entity: String!, $project: String!, $first: Int!, $order: String) {
  project(entityName: $entity, name: $project) {
    runs(first: $first, order: $order) {
      edges { node { name displayName config summaryMetrics } }
    }
  }
}"""

LIST_REPORTS: Final = """\
query WslayoutListReports($entity: String!, $project: String!, $first: Int!) {
  project(entityName: $entity, name: $project) {
    allViews(viewType: "runs", first: $first) {
      edges { node { id name displayName updatedAt } }
      pageInfo { endCursor hasNextPage }
    }
  }
}"""


def views_named(count: int, view_type: str) -> str:
    """The query for the specs of some views of one type, by their names ``$x0``, ``$x1`` and so on.

    newer: viewName
    """
    return _aliased(
        "WslayoutViewsNamed",
        "String!",
        count,
        f'allViews(viewType: "{view_type}", viewName: %s) '
        "{ edges { node { id name displayName description spec } } }",
    )


def run_counts(count: int) -> str:
    """The query for how many runs each of some filters lets through.

    newer: runCount
    """
    return _aliased("WslayoutRunCounts", "JSONString", count, "runCount(filters: %s)")


def runs_of(count: int, first: int) -> str:
    """The query for the first runs that each of some filters lets through."""
    fields = "{ edges { node { name displayName sweepName } } }"
    asked = f"runs(first: {first}, filters: %s) {fields}"
    return _aliased("WslayoutRunsOf", "JSONString", count, asked)


def _aliased(operation: str, kind: str, count: int, asked: str) -> str:
    variables = "".join(f", $x{place}: {kind}" for place in range(count))
    fields = "\n".join(f"    a{place}: {asked % f'$x{place}'}" for place in range(count))
    return (
        f"query {operation}($entity: String!, $project: String!{variables}) {{\n"
        f"  project(entityName: $entity, name: $project) {{\n{fields}\n  }}\n}}"
    )
