// The data of a lesson in an offline page, as page.py writes it.
import type {PackedReport} from "../../render/web/packed.d.ts"
import type {LessonPlace, SolvedQuestion} from "../../ui/workbench/scripts/frames.d.ts"

export interface OfflineLesson {
  report: PackedReport
  answers: SolvedQuestion[]
  point: LessonPlace | null
  panes: string[]
  target: string
}
