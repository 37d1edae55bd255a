# 데이터를 쓴다
docker run --name test-data -it alpine:latest sh
echo "중요한 데이터" > /tmp/important.txt
echo "애플리케이션 로그" > /var/log/app.log
ls -la /tmp/important.txt /var/log/app.log
exit

# 멈췄다가 다시 시작해도 남아 있다
docker start -i test-data
cat /tmp/important.txt
cat /var/log/app.log
exit

# 삭제하면 새 컨테이너에는 없다
docker rm test-data
docker run --name test-data-new -it alpine:latest sh
ls /tmp/
ls /var/log/
exit
