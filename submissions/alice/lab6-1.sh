# 1. 새로운 컨테이너에서 파일 생성
docker run --name test-data -it alpine:latest sh

# 컨테이너 내부에서 실행
echo "중요한 데이터" > /tmp/important.txt
echo "애플리케이션 로그" > /var/log/app.log
ls -la /tmp/important.txt /var/log/app.log
exit

# 2. 컨테이너를 다시 시작해서 데이터 확인
docker start -i test-data
cat /tmp/important.txt  # 파일이 여전히 존재
cat /var/log/app.log    # 파일이 여전히 존재
exit

# 3. 컨테이너 삭제 후 새 컨테이너로 확인
docker rm test-data
docker run --name test-data-new -it alpine:latest sh
ls /tmp/  # important.txt 없음
ls /var/log/  # app.log 없음
exit
