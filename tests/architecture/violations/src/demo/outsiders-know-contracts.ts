import '../modules/b/domain/inner.ts'
