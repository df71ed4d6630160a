import { concertTour } from './concert.ts'
import { festivalTour } from './festival.ts'
import { httpFile } from './http-file.ts'
import { postmanCollection } from './postman-collection.ts'
import { servicesTour } from './services.ts'
import { tedxTour } from './tedx.ts'
import { v1Tour } from './v1.ts'

const tours = [festivalTour, servicesTour, tedxTour, concertTour, v1Tour]

/** The files that are made of the tours, by their place in the repository. */
export const tourFiles = (): Record<string, string> => ({
  ...Object.fromEntries(
    tours.map((tour) => [
      `docs/postman/${tour.name}.json`,
      JSON.stringify(postmanCollection(tour), null, 2),
    ]),
  ),
  'docs/karcis.http': httpFile(tours),
})
